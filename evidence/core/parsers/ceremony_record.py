"""The record of a key ceremony, as TOML: when it was, which keys were made, who was there.

[ceremony]
began = 2026-10-01T09:00:00Z
ended = 2026-10-01T11:30:00Z
keys = ["vault-prod-1-seal-v1"]
[ceremony.present]
"ceremony master" = "Maria Master"
witness = "Walter Witness"
"""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime

from evidence.core.facts import Declared
from evidence.core.facts.records import CeremonyFacts
from evidence.core.refusal import Refused
from seal_advisor.core.regex import regex

KIND = CeremonyFacts.KIND
TITLE = "Record of a key ceremony"
FORM = "text"

FIELDS = ("began", "ended", "keys", "present")
_TABLE = regex(r"(?m)^[ \t]{0,8}\[ceremony\]")
_LINE = regex(r"at line (\d+)")


def matches(head: str) -> bool:
    return bool(_TABLE.search(head))


def parse(text: str, declared: Declared) -> CeremonyFacts:
    """Raises Refused for a field that is missing, unknown or no such value."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _LINE.search(str(error))
        raise Refused(f"no TOML: {error}", "correct that line", int(found.group(1)) if found else None) from None
    table = document.get("ceremony")
    if set(document) != {"ceremony"} or not isinstance(table, dict):
        raise Refused("a ceremony's record holds one table [ceremony]", "remove the rest")
    for name in table:
        if name not in FIELDS:
            raise Refused(f"a ceremony has no field {name!r}", f"it has {', '.join(FIELDS)}")
    began, ended = _moment(table, "began"), _moment(table, "ended")
    if ended < began:
        raise Refused("the ceremony ends before it begins", "correct began or ended")
    keys, present = table.get("keys"), table.get("present", {})
    if not isinstance(keys, list) or not keys or not all(isinstance(key, str) and key.strip() for key in keys):
        raise Refused("keys names no key", 'write keys = ["label", ...]')
    if not isinstance(present, dict) or not all(isinstance(name, str) for name in present.values()):
        raise Refused("present is no table of roles and names", 'write witness = "NAME" below [ceremony.present]')
    return CeremonyFacts(began, ended, tuple(key.strip() for key in keys), tuple(present.items()))


def _moment(table: dict[str, object], name: str) -> datetime:
    value = table.get(name)
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise Refused(f"{name} is no moment with its time zone", f"write {name} = 2026-10-01T09:00:00Z, without quotes")
    return value.astimezone(UTC)
