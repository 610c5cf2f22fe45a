"""Seals, unseals and the key store's events on one line of time."""

from __future__ import annotations

from datetime import UTC, datetime

from lxml import etree

from evidence.core import timeline
from evidence.core.facts import Evidence
from evidence.core.upload import intake
from tests.evidence.judging import sample

LOG = b"""\
2026-11-24T09:00:00.000Z [INFO]  core: vault is unsealed
2026-11-24T10:00:00.000Z [INFO]  core: vault is sealed
"""


def evidence() -> Evidence:
    return Evidence((intake("vault.log", LOG), sample("hsm/cloudhsm-complete.log")))


def test_events_of_several_logs_stand_in_one_order_of_time_with_their_places() -> None:
    found = timeline.events(evidence())
    assert [one.at for one in found] == sorted(one.at for one in found)
    server = [one for one in found if one.lane == timeline.SERVER]
    assert [(one.what, one.line, one.tone) for one in server] == [("unsealed", 1, "good"), ("sealed", 2, "bad")]
    store = [one for one in found if one.lane == timeline.STORE]
    assert store
    assert all(one.path == "cloudhsm-complete.log" and one.line for one in store)


def test_the_drawing_has_a_mark_for_each_lane_and_says_the_counts() -> None:
    found = timeline.events(evidence())
    drawn = etree.fromstring(timeline.svg(found).encode())
    assert "Server: 1 x unsealed" in drawn.findtext("{*}desc")
    assert len(drawn.findall("{*}circle[@class='good']")) == 1
    assert drawn.findall("{*}path[@class='bad']")


def test_no_event_and_one_event_can_be_drawn_too() -> None:
    assert "No dated event" in timeline.svg(())
    one = timeline.Happening(datetime(2026, 1, 1, tzinfo=UTC), timeline.SERVER, "sealed", "", "a.log", 1, "bad")
    assert "1 events from 2026-01-01" in timeline.svg((one,))
