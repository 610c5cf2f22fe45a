"""Waivers, attestations and exclusions: what people have decided or declared, weaker than proof and shown so.

A waiver turns a fail into `waived`, never into a pass. An attestation turns `not_proven` into `attested`. Both expire;
an expired one does nothing and is named. An exclusion says that a control has no subject here; evidence that fails
outranks it.

`waiver_files` reads them from TOML.
"""

from __future__ import annotations

from datetime import date

from evidence.core.judgement import note
from evidence.core.results import Result, Verdict
from seal_advisor.core.record import Record, replace


class Waiver(Record):
    """A failure that is accepted until a day. expires: the last day on which it holds."""

    control: str
    reason: str
    owner: str
    approved_by: str
    expires: date


class Attestation(Record):
    """A person's word where no machine can prove. on: the day it was given; expires: the last day on which it holds."""

    control: str
    statement: str
    by: str
    on: date
    expires: date
    reference: str = ""


class Exclusion(Record):
    """A control that does not apply here, because somebody says so. on: the day since which it holds."""

    control: str
    reason: str
    by: str
    on: date


class Statements(Record):
    """Everything that is stated about one design. Expired ones are among them: they are named and do nothing."""

    waivers: tuple[Waiver, ...] = ()
    attestations: tuple[Attestation, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()


UNSETTLED = frozenset({Verdict.NOT_PROVEN, Verdict.STALE, Verdict.CANNOT_DECIDE})


def apply(result: Result, stated: Statements, today: date) -> Result:
    """The result as statements change it; expired ones are named in a note and change nothing."""
    changed = result
    for exclusion in (e for e in stated.exclusions if e.control == result.control):
        changed = _excluded(changed, exclusion, today)
    if changed.verdict is Verdict.FAIL:
        for waiver in (w for w in stated.waivers if w.control == result.control):
            changed = _waived(changed, waiver, today)
    elif changed.verdict is Verdict.NOT_PROVEN:
        for attestation in (a for a in stated.attestations if a.control == result.control):
            changed = _attested(changed, attestation, today)
    return changed


def _excluded(result: Result, exclusion: Exclusion, today: date) -> Result:
    who = f"{exclusion.by} says since {exclusion.on} that this does not apply: {exclusion.reason}"
    if exclusion.on > today:
        return _noted(result, f"{exclusion.by} says that this does not apply from {exclusion.on} on only")
    if result.verdict is Verdict.FAIL:
        return _noted(result, f"{who}; the evidence fails all the same, and only a waiver accepts that")
    if result.verdict not in UNSETTLED:
        return result
    return replace(_noted(result, who), verdict=Verdict.NOT_APPLICABLE, reason=who, missing=())


def _waived(result: Result, waiver: Waiver, today: date) -> Result:
    who = f"by {waiver.owner}, approved by {waiver.approved_by}"
    if waiver.expires < today:
        return _noted(result, f"a waiver {who} expired on {waiver.expires}: it does nothing any more")
    if result.verdict is not Verdict.FAIL:
        return result
    reason = f"waived until {waiver.expires} {who}: {waiver.reason}"
    return replace(_noted(result, reason), verdict=Verdict.WAIVED, reason=reason)


def _attested(result: Result, attestation: Attestation, today: date) -> Result:
    if attestation.on > today:
        return _noted(result, f"an attestation by {attestation.by} holds from {attestation.on} only")
    if attestation.expires < today:
        words = f"an attestation by {attestation.by} expired on {attestation.expires}: it does nothing any more"
        return _noted(result, words)
    if result.verdict is not Verdict.NOT_PROVEN:
        return result
    basis = f" ({attestation.reference})" if attestation.reference else ""
    reason = (
        f"attested by {attestation.by} on {attestation.on}, until {attestation.expires}: {attestation.statement}{basis}"
    )
    return replace(_noted(result, reason), verdict=Verdict.ATTESTED, reason=reason)


def _noted(result: Result, words: str) -> Result:
    return replace(result, findings=(*result.findings, note(words)))
