"""An organisation's house rules: examined, put in force, withdrawn. Access was decided by the caller.

Nothing is put in force that the ruleset's own loader and proofs do not take; a refusal names the file and the line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction

from seal_advisor import revisions, trail
from seal_advisor.access import Actor
from seal_advisor.core import house, loader
from seal_advisor.core.documents import house_document
from seal_advisor.core.rules import Ruleset, load
from seal_advisor.core.ruleset_types import House
from seal_advisor.models import HouseRules, Organisation
from seal_advisor.proving import HouseRefused, proved
from seal_advisor.rulesets import current_ruleset, ruleset_of

MAX_FILES = 20
MAX_CHARACTERS = 128 * 1024
REEVALUATED_AT_ONCE = 20  # revisions, in the request; the sweeper takes the others


@dataclass(frozen=True, slots=True)
class Examined:
    """House rules that may be put in force. remarks: what the proofs noticed and nobody must repair."""

    ruleset: Ruleset
    house: House
    remarks: tuple[str, ...]


def examined(files: Mapping[str, str]) -> Examined:
    """Laid over the current ruleset and proved over every combination of answers. Raises HouseRefused.

    files: file name -> TOML text. Takes a second or two of computing.
    """
    _within_limits(files)
    remarks = proved(files)
    rules = load(house.overlay(current_ruleset().files, files))
    if rules.house is None:
        raise HouseRefused("the files hold no house rules")
    return Examined(rules, rules.house, remarks)


def _within_limits(files: Mapping[str, str]) -> None:
    if len(files) > MAX_FILES:
        raise HouseRefused(f"{len(files)} files; at most {MAX_FILES}")
    if sum(map(len, files.values())) > MAX_CHARACTERS:
        raise HouseRefused(f"longer than {MAX_CHARACTERS // 1024} KiB in all")


def put_in_force(organisation: Organisation, files: Mapping[str, str], *, actor: Actor) -> HouseRules:
    """From now on every design of the organisation is decided under these. Raises HouseRefused.

    The same files again change nothing. Frozen revisions stay; those that would come out otherwise are flagged.
    """
    proved = examined(files)
    digest = loader.digest(files)
    present = organisation.house
    if present is not None and present.sha256 == digest and present.release == proved.ruleset.version:
        return present
    return _enter(organisation, actor, dict(files), digest, proved.house.name, proved.house.version)


def withdraw(organisation: Organisation, *, actor: Actor) -> None:
    """The released rules hold alone again; what held before stays in the history."""
    if organisation.house_id is not None:
        _enter(organisation, actor, {}, loader.digest({}), "", "")


def _enter(
    organisation: Organisation, actor: Actor, files: dict[str, str], digest: str, name: str, version: str
) -> HouseRules:
    with transaction.atomic():
        locked = Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
        before, last = _told(locked.house), locked.house_rules.first()
        entered = HouseRules.objects.create(
            organisation=locked,
            number=last.number + 1 if last else 1,
            files=files,
            sha256=digest,
            name=name,
            version=version,
            release=current_ruleset().version,
            author=actor.user,
        )
        locked.house = entered if files else None
        locked.save(update_fields=["house"])
        what = "house_rules.put_in_force" if files else "house_rules.withdrawn"
        trail.record(actor, what, entered.pk, organisation=locked, before=before, after=_told(locked.house))
    organisation.refresh_from_db()
    revisions.reevaluate_after_house_rules(REEVALUATED_AT_ONCE, organisation)
    return entered


def _told(rules: HouseRules | None) -> dict[str, object] | None:
    """What the trail says of them; the files themselves stay in the history."""
    if rules is None:
        return None
    return {"number": rules.number, "name": rules.name, "version": rules.version, "sha256": rules.sha256}


def document(organisation: Organisation) -> dict[str, object]:
    """What holds now, for the API: the files, and in what they are stricter and weaker. Raises HouseDoesNotFit."""
    present = organisation.house
    return {
        "house": house_document(ruleset_of(organisation).house),
        "files": present.files if present else {},
        "release": current_ruleset().version,
    }
