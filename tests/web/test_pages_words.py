"""The words of the pages: durations as people type them, lists as they say them; the docstrings' examples hold."""

from __future__ import annotations

import doctest

import pytest

from evidence.views import words as evidence_words
from seal_advisor.core.scales import NUMBER
from seal_advisor.templatetags import seal
from seal_advisor.views import durations, words


@pytest.mark.parametrize("module", [words, durations, evidence_words, seal], ids=lambda module: module.__name__)
def test_the_examples_hold(module: object) -> None:
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("stored", ["PT0S", "PT0.02S", "PT0,5S", "PT15M", "PT1H30M", "P1DT12H", "P2W"])
def test_a_stored_duration_survives_being_shown_and_typed_again(stored: str) -> None:
    shown = durations.amount(stored)
    assert NUMBER["duration"](durations.duration(shown.number, shown.unit)) == NUMBER["duration"](stored)


@pytest.mark.parametrize("number", ["", "soon", "-1", "1e9", "NaN", "inf"])
def test_what_is_no_amount_is_refused(number: str) -> None:
    with pytest.raises(durations.NotAnAmount):
        durations.duration(number, "M")


def test_a_unit_that_does_not_exist_is_refused() -> None:
    with pytest.raises(durations.NotAnAmount):
        durations.duration("1", "Y")


def test_a_source_without_an_address_keeps_its_title() -> None:
    assert words.source("Seal Advisor, evidence rules") == words.Link("Seal Advisor, evidence rules", "")


def test_a_source_with_the_day_it_was_read_keeps_the_day_in_its_title() -> None:
    found = words.source("NIST CMVP, https://csrc.nist.gov/x (read 2026-11-24)")
    assert found == words.Link("NIST CMVP (read 2026-11-24)", "https://csrc.nist.gov/x")
