"""Words that TLS scanners share, said once: protocols, curves, places, days."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from evidence.core.ciphers import by_name
from evidence.core.facts import Suite
from seal_advisor.core.regex import regex

PROTOCOLS = ("SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3")
_CURVES = {
    "PRIME256V1": "P-256", "SECP256R1": "P-256", "P-256": "P-256", "P256": "P-256", "NISTP256": "P-256",
    "SECP384R1": "P-384", "P-384": "P-384", "P384": "P-384", "SECP521R1": "P-521", "P-521": "P-521", "P521": "P-521",
    "X25519": "X25519", "X448": "X448", "25519": "X25519", "448": "X448", "ECDH_X25519": "X25519",
}  # fmt: skip


def curve(name: str) -> str:
    """One spelling for a group: prime256v1, secp256r1 and P-256 are one; unknown names stay as they are."""
    word = name.strip().split(" ")[0]
    return _CURVES.get(word.upper(), word)


def moment(text: str, *formats: str) -> datetime | None:
    """The first format that fits, as UTC; None when none does."""
    for form in formats:
        try:
            return datetime.strptime(text.strip(), form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


def iso(text: object) -> datetime | None:
    """An ISO 8601 moment with any number of fraction digits, taken as UTC without a zone; None when it is none."""
    if not isinstance(text, str) or len(text) < 10:
        return None
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def epoch(value: object) -> datetime | None:
    """Seconds since 1970 (number or text) as UTC; None when it is no such number."""
    try:
        return datetime.fromtimestamp(float(str(value)), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def suites(protocol: str, names: Iterable[str], line: int | None = None) -> tuple[tuple[Suite, ...], tuple[str, ...]]:
    """(the suites these names mean, the names nobody knows)."""
    found: list[Suite] = []
    unknown: list[str] = []
    for name in names:
        cipher = by_name(name)
        if cipher is None:
            unknown.append(name)
        else:
            found.append(Suite(protocol, cipher.id, line))
    return tuple(found), tuple(unknown)


def distinct(found: Iterable[Suite]) -> tuple[Suite, ...]:
    """Each (protocol, number) once, ordered by protocol and number; the first line stays."""
    kept: dict[tuple[str, int], Suite] = {}
    for suite in found:
        kept.setdefault((suite.protocol, suite.id), suite)
    return tuple(kept[key] for key in sorted(kept))


_ID = regex(r'"id"\s{0,16}:\s{0,16}"([^"\\]{0,200}+)"')


def id_lines(text: str) -> Iterator[tuple[str, int]]:
    """(id, line) of every `"id": "..."` in file order."""
    line, position = 1, 0
    for match in _ID.finditer(text):
        line += text.count("\n", position, match.start())
        position = match.start()
        yield match.group(1), line


def lenient_list(text: str) -> tuple[list[dict[str, object]], bool]:
    """(the objects of a JSON list, whether it was cut off); without its end it is read up to the last whole object."""
    body = text.strip()
    try:
        rows = json.loads(body)
    except ValueError:
        cut = body.rfind("}")
        try:
            rows = json.loads(body[: cut + 1] + "]") if cut >= 0 else []
        except ValueError:
            rows = []
        return [row for row in rows if isinstance(row, dict)], True
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else [], False


def line_of(text: str, needle: str, start: int = 0) -> int | None:
    """Line of the first place of `needle` at or after an offset; None when it is not there."""
    offset = text.find(needle, start)
    return text.count("\n", 0, offset) + 1 if offset >= 0 else None
