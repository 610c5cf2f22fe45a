"""A register of FIPS 140 certificates: TOML, written by a person or by the application's own register.

[[certificate]]
module = "Luna K7 Cryptographic Module"
number = "4684"
standard = "fips_140_3"
level = 3
status = "active"
checked_on = 2026-11-02
checked_by = "Carl Compliance"
source = "https://csrc.nist.gov/projects/cryptographic-module-validation-program/certificate/4684"

`seal = "pkcs11"` may follow: the module holds the keys of such seals only.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from evidence.core.facts import Declared
from evidence.core.facts.certificate import LEVELS, SEALS, STANDARDS, STATUSES, Certificate, CertificateFacts
from evidence.core.refusal import Refused
from seal_advisor.core.regex import regex

KIND = CertificateFacts.KIND
TITLE = "Register of FIPS 140 certificates"
FORM = "text"

FIELDS = ("module", "number", "standard", "level", "status", "checked_on", "checked_by", "source")
OPTIONAL = ("seal",)
_TABLE = regex(r"(?m)^[ \t]{0,8}\[\[[ \t]{0,8}certificate[ \t]{0,8}\]\]")


def matches(head: str) -> bool:
    return bool(_TABLE.search(head))


def parse(text: str, declared: Declared) -> CertificateFacts:
    """Every certificate, in file order. Raises Refused for a field that is missing, unknown or no such value."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        line = int(found.group(1)) if found else None
        raise Refused(f"no TOML: {error}", "correct that line", line) from None
    lines = [text.count("\n", 0, match.start()) + 1 for match in _TABLE.finditer(text)]
    tables = document.get("certificate")
    if set(document) != {"certificate"} or not isinstance(tables, list):
        other = ", ".join(sorted(set(document) - {"certificate"})) or "certificate"
        raise Refused(f"a register of certificates holds [[certificate]] tables only, not {other}", "remove the rest")
    # A table inside a multi-line string would count as a place; then no line is better than a wrong one.
    places: Sequence[int | None] = lines if len(lines) == len(tables) else [None] * len(tables)
    return CertificateFacts(tuple(_certificate(table, line) for table, line in zip(tables, places, strict=True)))


def written(certificates: Iterable[Certificate]) -> str:
    """The same register as text; `parse` reads it back to the same values."""
    return "\n".join(
        "[[certificate]]\n"
        f"module = {_quoted(one.module)}\nnumber = {_quoted(one.number)}\nstandard = {_quoted(one.standard)}\n"
        f"level = {one.level}\nstatus = {_quoted(one.status)}\nchecked_on = {one.checked_on.isoformat()}\n"
        f"checked_by = {_quoted(one.checked_by)}\nsource = {_quoted(one.source)}\n"
        + (f"seal = {_quoted(one.seal)}\n" if one.seal else "")
        for one in certificates
    )


def _quoted(value: str) -> str:
    """A basic string of TOML: as in JSON, and DEL must be escaped too."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _certificate(table: object, line: int | None) -> Certificate:
    if not isinstance(table, dict):
        raise Refused("certificate holds something that is no table", "write [[certificate]] above its fields", line)
    for name in table:
        if name not in FIELDS + OPTIONAL:
            raise Refused(f"a certificate has no field {name!r}", f"it has {', '.join(FIELDS + OPTIONAL)}", line)
    for name in FIELDS:
        if name not in table:
            raise Refused(f"{name} of a certificate is missing", "add it to the table that starts here", line)
    words = {name: _words(table, name, line) for name in ("module", "number", "status", "standard", "checked_by")}
    if words["standard"] not in STANDARDS:
        raise Refused(f"no standard {words['standard']!r}", f"write {' or '.join(STANDARDS)}", line)
    if words["status"] not in STATUSES:
        raise Refused(f"no status {words['status']!r}", f"write {', '.join(STATUSES)}", line)
    level, day = table["level"], table["checked_on"]
    if isinstance(level, bool) or level not in LEVELS:
        raise Refused(f"level is {level!r}", "write 1, 2, 3 or 4", line)
    if isinstance(day, datetime) or not isinstance(day, date):
        raise Refused("checked_on is no day", "write checked_on = 2026-11-02, without quotes", line)
    seal = _words(table, "seal", line) if "seal" in table else ""
    if seal and seal not in SEALS:
        raise Refused(f"no seal {seal!r}", f"write {', '.join(SEALS)}", line)
    return Certificate(
        module=words["module"],
        number=words["number"],
        standard=words["standard"],
        level=int(level),
        status=words["status"],
        checked_on=day,
        source=_words(table, "source", line),
        checked_by=words["checked_by"],
        line=line,
        seal=seal,
    )


def _words(table: dict[str, object], name: str, line: int | None) -> str:
    value = table[name]
    if not isinstance(value, str) or not value.strip():
        raise Refused(f"{name} of a certificate is empty or no text", "write it in quotes", line)
    return value.strip()
