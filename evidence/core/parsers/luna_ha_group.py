"""Thales Luna, the HA group as the client lists it: `vtl haAdmin show`, or `hagroup listgroups` in lunacm.

Read are the labels that a printed listing of `vtl haAdmin show` has, wherever on their line they begin, and the table
of its members. It says which members answer, and not where they stand. `Needs sync` is read where a tool prints it;
without it nothing is said about what each member holds. SOURCE: "Thales Luna (formerly SafeNet Luna) HSM", Avi Vantage
knowledge base (listing); lunacm's own has been seen in part only (`Group Members`).
"""

from __future__ import annotations

from collections.abc import Iterator

from evidence.core.facts import Declared
from evidence.core.facts.hsm_members import HsmMember, HsmMembersFacts
from seal_advisor.core.regex import regex

KIND = HsmMembersFacts.KIND
TITLE = "Thales Luna HA group"
FORM = "text"

VENDOR = "thales_luna"
_LABEL = regex(r"(?im)^[ \t]{0,64}HA Group Label[ \t]{0,16}:[ \t]{0,64}(\S[^\n]{0,120})?")
_SAID = r"(?im)^[ \t]{{0,64}}{}[ \t]{{0,16}}:[ \t]{{0,64}}([^\n]{{0,4000}})"
_MEMBERS = regex(_SAID.format("Group Members"))
_STANDBY = regex(_SAID.format("Standby Members"))
_NEEDS_SYNC = regex(_SAID.format("Needs sync"))
_HEADING = regex(r"(?i)^[ \t]{0,64}Slot #[ \t]{1,64}Member S/N[ \t]{1,64}Member Label[ \t]{1,64}Status[ \t\r]{0,64}$")
_ROW = regex(
    r"^[ \t]{0,64}(\S{1,12})[ \t]{1,64}(\d{3,24})[ \t]{1,64}(?:(\S.{0,80}?)[ \t]{1,64})?(\S{1,40})[ \t\r]{0,64}$"
)
_SERIAL = regex(r"\d{3,24}")


def matches(head: str) -> bool:
    return bool(_LABEL.search(head))


def parse(text: str, declared: Declared) -> HsmMembersFacts:
    labels = list(_LABEL.finditer(text))
    if len(labels) != 1:
        why = f"{len(labels)} HA groups are listed; name the one: hagroup listgroups -group LABEL"
        return HsmMembersFacts(VENDOR, "", (), inconclusive=why)
    label, part = (labels[0].group(1) or "").strip(), text[labels[0].start() :]
    rows = {member.id.partition(" ")[0]: member for member in _rows(part)}
    said = [found.group(1) for found in (_MEMBERS.search(part), _STANDBY.search(part)) if found]
    named = [serial for words in said for serial in _SERIAL.findall(words)]
    unlisted = [HsmMember(serial, None, False, "in no row of the listing") for serial in named if serial not in rows]
    needs = _NEEDS_SYNC.search(part)
    return HsmMembersFacts(
        vendor=VENDOR,
        cluster=label,
        members=(*rows.values(), *unlisted),
        synchronised={"no": True, "yes": False}.get(needs.group(1).strip().lower()) if needs else None,
        inconclusive="" if rows else "the listing breaks off before its members",
    )


def _rows(text: str) -> Iterator[HsmMember]:
    below = False
    for line in text.split("\n"):
        if not below:
            below = bool(_HEADING.match(line))
        elif not line.strip():
            return
        elif found := _ROW.match(line):
            _slot, serial, label, state = found.groups()
            yield HsmMember(f"{serial} {label}" if label else serial, None, state.lower() == "alive", state)
