"""The gate: which verdicts stop a pipeline, which controls must be proved, and how fresh the proof must be. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from evidence.core.results import Finding, Result, Verdict
from seal_advisor.core.record import Record


class Policy(Record):
    """fail_on: verdicts that stop. required: controls that must pass. fresh: age that their evidence may have."""

    fail_on: frozenset[Verdict]
    required: tuple[str, ...] = ()
    fresh: timedelta | None = None


def results_of(document: Mapping[str, Any]) -> tuple[Result, ...]:
    """The verdicts of `GET designs/ID/controls/`. Raises KeyError, ValueError or TypeError for another document."""
    return tuple(
        Result(
            control=str(one["control"]),
            title=str(one["title"]),
            verdict=Verdict(one["verdict"]),
            reason=str(one["reason"]),
            findings=tuple(_finding(finding) for finding in one["findings"]),
            missing=tuple(map(str, one["missing"])),
            artefacts=tuple(map(str, one["artefacts"])),
        )
        for one in document["results"]
    )


def _finding(given: Mapping[str, Any]) -> Finding:
    return Finding(
        message=str(given["message"]),
        path=str(given["path"]),
        line=given["line"],
        remedy=str(given["remedy"]),
        source=str(given["source"]),
        severity=Verdict(given["severity"]),
    )


def complaints(
    results: Sequence[Result], policy: Policy, *, seen: Mapping[str, datetime], now: datetime
) -> tuple[str, ...]:
    """One line for everything that stops the pipeline; empty when the gate is open.

    seen: sha256 of an artefact -> the moment it speaks of, or when it was received where nobody said. Needed only for
    `fresh`: then the newest artefact under every required control is no older; without required ones, under every
    control that passes.
    """
    found = [f"{one.control} {one.verdict.value}: {one.reason}" for one in results if one.verdict in policy.fail_on]
    by_id = {one.control: one for one in results}
    for control in policy.required:
        result = by_id.get(control)
        if result is None:
            found.append(f"{control} is required, and this server does not know it")
        elif result.verdict is not Verdict.PASS and result.verdict not in policy.fail_on:
            found.append(f"{control} is required, and it is {result.verdict.value}: {result.reason}")
    if policy.fresh is not None:
        wanted = set(policy.required) or {one.control for one in results if one.verdict is Verdict.PASS}
        found += _old([one for one in results if one.control in wanted], policy.fresh, seen, now)
    return tuple(found)


def _old(results: Collection[Result], fresh: timedelta, seen: Mapping[str, datetime], now: datetime) -> list[str]:
    found = []
    for result in results:
        moments = [seen[digest] for digest in result.artefacts if digest in seen]
        if result.verdict is Verdict.PASS and (not moments or now - max(moments) > fresh):
            last = max(moments).strftime("%Y-%m-%d %H:%M UTC") if moments else "no artefact"
            found.append(f"{result.control} rests on evidence that is too old: {last}")
    return found
