"""Waivers and attestations: what people have decided or declared, weaker than proof and shown so.

A waiver turns a fail into `waived`, never into a pass. An attestation turns `not_proven` into `attested`. Both expire;
an expired one does nothing and is named.

`waiver_files` reads them from TOML.
"""

from __future__ import annotations

from collections.abc import Sequence
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


def apply(result: Result, waivers: Sequence[Waiver], attestations: Sequence[Attestation], today: date) -> Result:
    """The result as waivers and attestations change it; expired ones are named in a note and change nothing."""
    changed = result
    if result.verdict is Verdict.FAIL:
        for waiver in (w for w in waivers if w.control == result.control):
            who = f"by {waiver.owner}, approved by {waiver.approved_by}"
            if waiver.expires < today:
                changed = _noted(changed, f"a waiver {who} expired on {waiver.expires}: it does nothing any more")
            elif changed.verdict is Verdict.FAIL:
                reason = f"waived until {waiver.expires} {who}: {waiver.reason}"
                changed = replace(_noted(changed, reason), verdict=Verdict.WAIVED, reason=reason)
    elif result.verdict is Verdict.NOT_PROVEN:
        for attestation in (a for a in attestations if a.control == result.control):
            if attestation.on > today:
                changed = _noted(changed, f"an attestation by {attestation.by} holds from {attestation.on} only")
            elif attestation.expires < today:
                words = f"an attestation by {attestation.by} expired on {attestation.expires}: it does nothing any more"
                changed = _noted(changed, words)
            elif changed.verdict is Verdict.NOT_PROVEN:
                basis = f" ({attestation.reference})" if attestation.reference else ""
                reason = (
                    f"attested by {attestation.by} on {attestation.on}, until {attestation.expires}: "
                    f"{attestation.statement}{basis}"
                )
                changed = replace(_noted(changed, reason), verdict=Verdict.ATTESTED, reason=reason)
    return changed


def _noted(result: Result, words: str) -> Result:
    return replace(result, findings=(*result.findings, note(words)))
