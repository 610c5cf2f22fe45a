"""Waivers and attestations as TOML (CONTRACT section 3).

`[[waiver]] control, reason, owner, approved_by, expires`, and in the other file
`[[attestation]] control, statement, by, on, expires, reference` (reference may be left out) beside
`[[not_applicable]] control, reason, by, on`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from datetime import date, datetime
from difflib import get_close_matches

from evidence.core.controls import CONTROLS
from evidence.core.waivers import Attestation, Exclusion, Waiver

WAIVER_FIELDS = ("control", "reason", "owner", "approved_by", "expires")
ATTESTATION_FIELDS = ("control", "statement", "by", "on", "expires", "reference")
DECLARED = ("attestation", "not_applicable")
EXCLUSION_FIELDS = ("control", "reason", "by", "on")
OPTIONAL = frozenset({"reference"})


class WaiverError(ValueError):
    """The file cannot be understood; the message names entry, field and the nearest valid name."""


def read_waivers(text: str) -> tuple[Waiver, ...]:
    """The waivers of a TOML file. Raises WaiverError."""
    waivers = []
    for where, table in _entries(text, "waiver", ("waiver",), WAIVER_FIELDS):
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
    for where, table in _entries(text, "attestation", DECLARED, ATTESTATION_FIELDS):
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


def read_exclusions(text: str) -> tuple[Exclusion, ...]:
    """What does not apply, from the file of attestations. Raises WaiverError."""
    return tuple(
        Exclusion(
            control=_text(table, "control", where),
            reason=_text(table, "reason", where),
            by=_text(table, "by", where),
            on=_day(table, "on", where),
        )
        for where, table in _entries(text, "not_applicable", DECLARED, EXCLUSION_FIELDS)
    )


def _entries(
    text: str, kind: str, kinds: tuple[str, ...], fields: tuple[str, ...]
) -> list[tuple[str, dict[str, object]]]:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise WaiverError(f"not TOML: {error}") from None
    for name in document:
        if name not in kinds:
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
