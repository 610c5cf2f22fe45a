"""What a sign-off rests on, and whether that still holds. One that lapsed is shown as lapsed, with the reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from evidence.core import drift
from evidence.core.facts import ConfigFacts, Evidence
from evidence.core.results import Result, Verdict
from seal_advisor.core.record import Record

HELD = (Verdict.PASS, Verdict.ATTESTED, Verdict.WAIVED)
BROKEN = (Verdict.FAIL, Verdict.STALE, Verdict.CANNOT_DECIDE, Verdict.NOT_PROVEN)
NAMED = 5  # reasons of one kind that are written out


class Basis(Record):
    """The state of things at one moment.

    ruleset: sha256 of the ruleset. verdicts: control id -> (title, verdict, reason), the status of certificates among
    them. configs: node or file name -> the newest deployed configuration of that place.
    """

    ruleset: str
    verdicts: Mapping[str, tuple[str, str, str]]
    configs: Mapping[str, ConfigFacts]


def basis(ruleset: str, results: Sequence[Result], evidence: Evidence) -> Basis:
    """evidence: in the order of receipt, so that the last configuration of a place is the one that runs."""
    return Basis(
        ruleset=ruleset,
        verdicts={one.control: (one.title, str(one.verdict), one.reason) for one in results},
        configs={artefact.node or artefact.name: facts for artefact, facts in evidence.of(ConfigFacts)},
    )


def verdicts_document(results: Sequence[Result]) -> dict[str, Any]:
    """The verdicts as a sign-off keeps them: control id -> {"title", "verdict", "reason"}."""
    return {one.control: {"title": one.title, "verdict": str(one.verdict), "reason": one.reason} for one in results}


def lapses(then: Basis, now: Basis, *, otherwise: str = "") -> tuple[str, ...]:
    """Why the sign-off no longer stands, a sentence each; empty while it does.

    otherwise: what the ruleset of today decides for the same answers, "" where it decides the same.
    """
    found = [f"The ruleset has changed and decides otherwise: {otherwise}"] if otherwise else []
    return (*found, *_verdicts(then, now), *_drift(then, now))


def _verdicts(then: Basis, now: Basis) -> list[str]:
    fallen = []
    for control, (title, verdict, reason) in now.verdicts.items():
        before = then.verdicts.get(control, ("", "", ""))[1]
        if before in HELD and verdict in BROKEN:
            fallen.append(f"{title} ({control}) held when it was signed off and is {_word(verdict)} now: {reason}")
    return _first(fallen, "control")


def _drift(then: Basis, now: Basis) -> list[str]:
    moved = []
    for place, config in now.configs.items():
        if place in then.configs:
            moved += [
                f"{place}: {one.path} was {one.left or 'absent'} and is {one.right or 'absent'} in the deployed "
                f"configuration now; {one.consequence}"
                for one in drift.differences(then.configs[place], config, nodes=True)
            ]
    return _first(moved, "difference")


def _first(found: Sequence[str], noun: str) -> list[str]:
    more = len(found) - NAMED
    return [*islice(found, NAMED), *([f"and {more} more {noun}{'s' if more > 1 else ''}"] if more > 0 else [])]


def _word(verdict: str) -> str:
    return verdict.replace("_", " ")
