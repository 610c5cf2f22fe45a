"""Which lines of a block could hold a secret: one pass of a compiled automaton, so that clean lines cost little.

It errs on the side of yes: a line that it names is looked at exactly by `redaction`, a line that it does not name is
kept as it is. Names and shapes are those of `secret_names` and `shapes`, widened where an automaton has no lookahead.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from functools import cache
from typing import Any

_ASSIGN = r"\\{0,8}[\"']?[ \t]{0,16}(?::=|=>|=|:)[ \t]{0,16}\\{0,8}[\"'`]?"
# What may follow a name: anything but a keyed hash, an empty value, a bracket or a word for nothing.
_VALUE = r"(?:[^h\s\"'\\\[{n]|h[^m]|hm[^a]|n[^u])"
_NAMES = (
    r"(?:secret|passw|passphrase|credential|private)[\w.\-]{0,64}",
    r"(?:tokens?|pwd|pins?|license|connection_url|connection_string|cookie|otp|psk|plaintext|bindpass|[_\-]key|accesskeyid)",
    r"(?:token|pin)[_\-]?[acghjkoqruvwxyz0-9][\w.\-]{0,40}",
    r"(?:[^t]_|[^_a-z])accessor",
    r"access_key_id|accesskey|secretkey|privatekey",
)
_SHAPES = (
    r"hv[sbr]\.[A-Za-z0-9_\-]{20}",
    r"[^\w.\-][sbr]\.[A-Za-z0-9]{24}",
    r"^[sbr]\.[A-Za-z0-9]{24}",
    r"root token:",
    r"(?:unseal|recovery) key",
    r"^Key \d{1,3}:",
    r"^(?:Encoded (?:Root )?Token|OTP|Root Token)[ \t]",
    r"(?:AKIA|ASIA)[0-9A-Z]{16}",
    r"eyJ[A-Za-z0-9_\-]{8}",
    r"://[^/\s@]{0,128}:[^\s@/]{1,256}@",
    r"authorization",
    r"bearer[ \t]",
    r"Master-Key:",
    r"Resumption PSK:|PSK identity",
    r"Session-ID(?:-ctx)?:",
    r"^[ \t]{2,8}[0-9a-f]{4} - ",
    r"CLIENT_RANDOM |_SECRET(?:_0)? [0-9a-f]{64}",
    r"^[ \t]{0,64}VALUE:",
    r"(?:-u|--user)[ =][^ :]{1,64}:",
    r"(?:pin|password|passphrase|passwd|token|secret)[ \t]{1,4}(?:is|was)[ \t]",
    r"gh[pousr]_[A-Za-z0-9]{36}",
    r"glpat-|xox[abeprs]-|AIza[0-9A-Za-z_\-]{35}",
    r"AccountKey=|SharedAccessKey=|[?&;]sig=",
    r"-(?:pin|passw(?:or)?d|passphrase|token|secret|secret-key|access-key)[= \t]",
    r"PRIVATE KEY|PuTTY-User-Key|AGE-SECRET-KEY|\"d\"\s{0,8}:",
)
_ENCODED = ("hvs.", "hvb.", "PRIVATE KEY", "password", "token", "secret", "AKIA", "pin=", "pin\":")  # fmt: skip


def _base64_forms(word: str) -> tuple[str, ...]:
    """The three ways a word reads inside base64, by its place in a group of three bytes; only what never changes."""
    forms = []
    for shift in range(3):
        data = base64.b64encode(b"\x00" * shift + word.encode() + b"\x00" * 2).decode()
        first = (shift * 8 + 5) // 6
        last = (shift + len(word)) * 8 // 6
        forms.append(data[first:last])
    return tuple(form for form in forms if len(form) >= 5)


@cache
def _database() -> Any:
    """The automaton, compiled once a process (about 50 ms). hyperscan is loaded only by those who read big logs."""
    import hyperscan

    patterns = [f"{name}{_ASSIGN}{_VALUE}" for name in _NAMES] + list(_SHAPES)
    literals = [form for word in _ENCODED for form in _base64_forms(word)]
    caseless = hyperscan.HS_FLAG_CASELESS | hyperscan.HS_FLAG_MULTILINE
    flags = [caseless] * len(patterns) + [hyperscan.HS_FLAG_MULTILINE] * len(literals)
    expressions = [pattern.encode() for pattern in patterns + [_escaped(word) for word in literals]]
    database = hyperscan.Database()
    database.compile(expressions=expressions, ids=list(range(len(expressions))), elements=len(expressions), flags=flags)
    return database


def _escaped(word: str) -> str:
    return word.replace("+", r"\+").replace("/", r"\/")


def suspects(block: bytes, known: Sequence[bytes] = ()) -> list[int]:
    """End offsets (not sorted, not distinct) of whatever could be a secret in a block; `known` values count too."""
    ends: list[int] = []

    def note(_id: int, _start: int, end: int, _flags: int, _context: object) -> None:
        ends.append(end)

    _database().scan(block, match_event_handler=note)
    for value in known:
        position = block.find(value)
        while position >= 0:
            ends.append(position + len(value))
            position = block.find(value, position + len(value))
    return ends
