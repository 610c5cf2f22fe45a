"""Waivers and attestations: what people have decided or declared, weaker than proof and shown so.

A waiver turns a fail into `waived`, never into a pass. An attestation turns `not_proven` into `attested`. Both expire;
an expired one does nothing and is named.

TOML: `[[waiver]] control, reason, owner, approved_by, expires` and
`[[attestation]] control, statement, by, on, expires, reference` (reference may be left out).
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from difflib import get_close_matches

from evidence.core.controls import CONTROLS
from evidence.core.judgement import note
from evidence.core.results import Result, Verdict

WAIVER_FIELDS = ("control", "reason", "owner", "approved_by", "expires")
ATTESTATION_FIELDS = ("control", "statement", "by", "on", "expires", "reference")
OPTIONAL = frozenset({"reference"})


class WaiverError(ValueError):
    """The file cannot be understood; the message names entry, field and the nearest valid name."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """A failure that is accepted until a day. expires: the last day on which it holds."""

    control: str
    reason: str
    owner: str
    approved_by: str
    expires: date


@dataclass(frozen=True, slots=True)
class Attestation:
    """A person's word where no machine can prove. on: the day it was given; expires: the last day on which it holds."""

    control: str
    statement: str
    by: str
    on: date
    expires: date
    reference: str = ""


def read_waivers(text: str) -> tuple[Waiver, ...]:
    """The waivers of a TOML file. Raises WaiverError."""
    waivers = []
    for where, table in _entries(text, "waiver", WAIVER_FIELDS):
        waiver = Waiver(
            control=_text(table, "control", where),
            reason=_text(table, "reason", where),
            owner=_text(table, "owner", where),
            approved_by=_text(table, "approved_by", where),
            expires=_day(table, "expires", where),
        )
        if waiver.owner.casefold() == waiver.approved_by.casefold():
            raise WaiverError(
                f"{where}: owner and approved_by are both {waiver.owner}; nobody approves their own waiver"
            )
        waivers.append(waiver)
    return tuple(waivers)


def read_attestations(text: str) -> tuple[Attestation, ...]:
    """The attestations of a TOML file. Raises WaiverError."""
    attestations = []
    for where, table in _entries(text, "attestation", ATTESTATION_FIELDS):
        attestation = Attestation(
            control=_text(table, "control", where),
            statement=_text(table, "statement", where),
            by=_text(table, "by", where),
            on=_day(table, "on", where),
            expires=_day(table, "expires", where),
            reference=_text(table, "reference", where) if "reference" in table else "",
        )
        if attestation.expires < attestation.on:
            raise WaiverError(f"{where}: expires {attestation.expires} is before on {attestation.on}")
        attestations.append(attestation)
    return tuple(attestations)


def _entries(text: str, kind: str, fields: tuple[str, ...]) -> list[tuple[str, dict[str, object]]]:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise WaiverError(f"not TOML: {error}") from None
    for name in document:
        if name != kind:
            raise WaiverError(f"no table {name!r}; did you mean [[{kind}]]?")
    tables = document.get(kind, [])
    if not isinstance(tables, list):
        raise WaiverError(f"{kind} is one table; write [[{kind}]] with two brackets")
    entries: list[tuple[str, dict[str, object]]] = []
    for number, table in enumerate(tables, 1):
        where = f"{kind} {number}"
        for name in table:
            if name not in fields:
                raise WaiverError(f"{where}: no field {name!r}; {_nearest(name, fields)}")
        for name in fields:
            if name not in table and name not in OPTIONAL:
                raise WaiverError(f"{where}: {name} is missing")
        entries.append((where, table))
    return entries


def _nearest(name: str, valid: Sequence[str]) -> str:
    close = get_close_matches(name, valid, n=1, cutoff=0.0)
    return f"did you mean {close[0]!r}?"


def _text(table: dict[str, object], name: str, where: str) -> str:
    value = table[name]
    if not isinstance(value, str) or not value.strip():
        raise WaiverError(f"{where}: {name} must be text")
    text = value.strip()
    ids = tuple(control.ID for control in CONTROLS)
    if name == "control" and text not in ids:
        raise WaiverError(f"{where}: no control {text!r}; {_nearest(text.upper(), ids)}")
    return text


def _day(table: dict[str, object], name: str, where: str) -> date:
    value = table[name]
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise WaiverError(f"{where}: {name} must be a day such as 2026-12-31")


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
