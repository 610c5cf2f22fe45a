"""`chronyc tracking` and `timedatectl`: whether the clock follows a reference, and how far it is off.

SOURCE: chrony 4.3, chronyc(1), tracking; systemd 252, timedatectl(1).
"""

from __future__ import annotations

from evidence.core.facts import Declared
from evidence.core.facts.host import ClockFacts
from evidence.core.text_table import pairs
from seal_advisor.core.regex import regex

KIND = ClockFacts.KIND
TITLE = "clock synchronisation"
FORM = "text"

_CHRONY = regex(r"(?m)\AReference ID\s{0,16}: .{0,200}\n(?:.{0,200}\n){0,20}Leap status\s{0,16}: ")
_SYSTEMD = regex(r"(?m)^\s{0,16}(?:System clock|NTP) synchronized: (?:yes|no)\s*$")
_OFFSET = regex(r"(\d{1,12}\.\d{1,12}) seconds (?:slow|fast) of NTP time")


def matches(head: str) -> bool:
    return bool(_CHRONY.match(head) or (_SYSTEMD.search(head) and "Local time:" in head))


def parse(text: str, declared: Declared) -> ClockFacts:
    said = {name: value for name, (value, _) in pairs(text).items()}
    if "Leap status" not in said:
        state = said.get("System clock synchronized") or said.get("NTP synchronized")
        return ClockFacts("timedatectl", state == "yes", None)
    offset = _OFFSET.search(said.get("System time", ""))
    leap = said["Leap status"]
    return ClockFacts(
        tool="chrony",
        synchronised=leap != "Not synchronised",
        offset_seconds=float(offset.group(1)) if offset else None,
        reference=said.get("Reference ID"),
        inconclusive="" if offset else "the report does not say how far the clock is off",
    )
