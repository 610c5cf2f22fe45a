"""YubiHSM 2, the entries of `get logs`: the one HSM log whose chain can be verified here.

Each digest is the first 16 bytes of SHA-256 over the entry (number, command, length, session key, target key, second
key, result, tick) and the digest before it. Numbers wrap at 16 bits. SOURCE:
https://developers.yubico.com/YubiHSM2/Commands/Get_Log_Entries.html; https://github.com/Yubico/python-yubihsm
"""

from __future__ import annotations

import hashlib
import re
import struct
from collections import Counter
from itertools import pairwise

from evidence.core.facts import Declared, KeyEvent, KeyStoreLogFacts, SequenceGap
from seal_advisor.core.record import Record
from seal_advisor.core.regex import regex

KIND = KeyStoreLogFacts.KIND
TITLE = "YubiHSM 2 log"
FORM = "text"

_ENTRY = regex(
    r"item:\s{0,8}(\d{1,5}) -- cmd: 0x([0-9a-f]{2}) -- length:\s{0,8}(\d{1,5}) -- session key: 0x([0-9a-f]{4})"
    r" -- target key: 0x([0-9a-f]{4}) -- second key: 0x([0-9a-f]{4}) -- result: 0x([0-9a-f]{2})"
    r" -- tick: (\d{1,10}) -- hash: ([0-9a-f]{32})"
)
_UNLOGGED = regex(r"(?m)^(\d{1,5}) unlogged (boots|authentications) found")
_FIELDS = struct.Struct("!HBHHHHBL")
_ACTIONS = {
    0x04: "login", 0x40: "logout", 0x44: "admin", 0x6C: "admin", 0x4F: "admin", 0x08: "destroy", 0x45: "import",
    0x46: "generate", 0x49: "decrypt", 0x59: "decrypt", 0x4A: "export", 0x4B: "import", 0x4C: "import",
    0x52: "import", 0x58: "destroy", 0x5A: "generate", 0x5B: "generate", 0x65: "import", 0x66: "generate",
    0x68: "wrap", 0x69: "unwrap", 0x6D: "import", 0x6E: "generate", 0x6F: "decrypt", 0x70: "encrypt", 0x71: "decrypt",
    0x72: "encrypt",
}  # fmt: skip
_LOST = 0x10000


class _Entry(Record):
    line: int
    number: int
    command: int
    packed: bytes
    target: int
    result: int
    digest: bytes


def matches(head: str) -> bool:
    return bool(_ENTRY.search(head)) or (head.lstrip().startswith("item:") and "-- cmd: 0x" in head)


def parse(text: str, declared: Declared) -> KeyStoreLogFacts:
    entries: list[_Entry] = []
    bad: list[tuple[int, int]] = []
    offset = 0
    for line, content in enumerate(text.split("\n"), start=1):
        match = _ENTRY.search(content)
        entry = _entry(match, line) if match else None
        if entry:
            entries.append(entry)
        elif content.lstrip().startswith("item:"):
            bad.append((line, offset))
        offset += len(content.encode()) + 1
    gaps = _gaps(entries)
    integrity, reason = _chain(entries, gaps)
    unlogged = [f"{count} unlogged {what}" for count, what in _UNLOGGED.findall(text) if int(count)]
    events = tuple(_event(entry) for entry in entries)
    return KeyStoreLogFacts(
        format="yubihsm2",
        records=len(entries),
        first=None,
        last=None,
        counts=dict(sorted(Counter(event.action for event in events).items())),
        gaps=gaps,
        numbered=True,
        integrity=integrity,
        integrity_reason=reason,
        events=events,
        software=False,
        bad_lines=tuple(bad),
        inconclusive=", ".join(unlogged) if unlogged else "" if entries else "no entry could be read",
    )


def _entry(match: re.Match[str], line: int) -> _Entry | None:
    number, length, tick = int(match.group(1)), int(match.group(3)), int(match.group(8))
    command, session, target, second, result = (int(match.group(index), 16) for index in (2, 4, 5, 6, 7))
    try:
        packed = _FIELDS.pack(number, command, length, session, target, second, result, tick)
    except struct.error:
        return None
    return _Entry(line, number, command, packed, target, result, bytes.fromhex(match.group(9)))


def _gaps(entries: list[_Entry]) -> tuple[SequenceGap, ...]:
    return tuple(
        SequenceGap("log", before.number, entry.number, entry.line)
        for before, entry in pairwise(entries)
        if entry.number != (before.number + 1) % _LOST
    )


def _chain(entries: list[_Entry], gaps: tuple[SequenceGap, ...]) -> tuple[str, str]:
    """(integrity, reason). A gap cuts the chain: what stands on both sides of it is checked, the gap is reported."""
    cut = {gap.line for gap in gaps}
    links = [(a, b) for a, b in pairwise(entries) if b.line not in cut]
    for before, entry in links:
        if hashlib.sha256(entry.packed + before.digest).digest()[:16] != entry.digest:
            return (
                "broken",
                f"the digest of item {entry.number} (line {entry.line}) does not follow from the one before",
            )
    if not links:
        return "not_checkable", "fewer than two consecutive entries"
    return "verified", f"{len(links)} links of the SHA-256 chain follow from one another"


def _event(entry: _Entry) -> KeyEvent:
    ok = entry.result == entry.command | 0x80
    action = _ACTIONS.get(entry.command, "other")
    if action == "login" and not ok:
        action = "login_failed"
    detail = f"command 0x{entry.command:02x}" + ("" if ok else f": result 0x{entry.result:02x}")
    return KeyEvent(action, None, entry.line, ok, None, f"0x{entry.target:04x}", detail)
