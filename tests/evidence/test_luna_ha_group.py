"""The HA group of Thales Luna HSMs, as its client lists it."""

from __future__ import annotations

import pytest

from evidence.core.facts.hsm_members import HsmMember, HsmMembersFacts
from evidence.core.upload import intake
from tests.evidence.judging import config, judge

LUNA = """\
================ HA Group and Member Information ================

HA Group Label: vault-ha
HA Group Number: 1156908040
HA Group Slot #: 6
Synchronization: enabled
Group Members: 156908040, 156936072
Standby members:

Slot # Member S/N Member Label Status
====== ========== ============ ======
1 156908040 par 43 alive
2 156936072 par40 down
"""


def luna(text: str) -> HsmMembersFacts:
    facts = intake("ha.txt", text.encode()).facts
    assert isinstance(facts, HsmMembersFacts)
    return facts


def test_a_luna_ha_group_is_read_with_the_members_that_answer() -> None:
    found = luna(LUNA)
    assert (found.vendor, found.cluster, found.synchronised, found.inconclusive) == (
        "thales_luna",
        "vault-ha",
        None,
        "",
    )
    assert found.members == (
        HsmMember("156908040 par 43", None, True, "alive"), HsmMember("156936072 par40", None, False, "down"),
    )  # fmt: skip
    indented = "\n".join(f"        {line}" for line in LUNA.splitlines()) + "\n"
    assert luna(indented.replace(" par40 ", "                    par40    ")) == found


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        (("Standby members:", "Standby members: 156999999"), ("156999999", "in no row of the listing")),
        (("2 156936072 par40 down\n", ""), ("156936072", "in no row of the listing")),
    ],
)
def test_a_luna_member_without_a_row_is_named(change: tuple[str, str], wanted: tuple[str, str]) -> None:
    last = luna(LUNA.replace(*change)).members[-1]
    assert (last.id, last.state, last.active) == (*wanted, False)


def test_a_luna_listing_that_is_cut_or_of_two_groups_proves_nothing() -> None:
    assert "breaks off" in luna(LUNA[: LUNA.index("Slot # Member")]).inconclusive
    assert "2 HA groups" in luna(LUNA + LUNA).inconclusive


@pytest.mark.parametrize(("said", "wanted"), [("no", True), ("yes", False), ("perhaps", None)])
def test_whether_luna_members_need_sync_is_read_where_it_is_printed(said: str, wanted: bool | None) -> None:
    assert luna(LUNA.replace("Standby", f"Needs sync: {said}\nStandby")).synchronised is wanted


def test_a_luna_listing_loses_the_password_of_the_command_above_it() -> None:
    text = f"lunacm:> hagroup listgroups -group vault-ha -password Tr0ub4dor-planted\n{LUNA}"
    kept = intake("ha.txt", text.encode())
    assert b"Tr0ub4dor" not in kept.content
    assert kept.kind == "hsm_members"


SEAL = 'seal "pkcs11" {\n  lib = "/usr/safenet/lunaclient/lib/libCryptoki2_64.so"\n  key_label = "k"\n}\n'


def test_it_never_proves_where_the_members_stand_and_a_member_that_is_down_fails() -> None:
    failed = judge("C-DR-01", config(SEAL), intake("ha.txt", LUNA.encode()))
    assert failed.verdict.value == "fail"
    assert "156936072 par40 does not take part: it is down" in repr(failed.findings)
    up = judge("C-DR-01", config(SEAL), intake("ha.txt", LUNA.replace("down", "alive").encode()))
    assert up.verdict.value == "not_proven"
    assert "where each member stands" in repr(up.findings)
    assert "whether the members are in sync" in repr(up.findings)
