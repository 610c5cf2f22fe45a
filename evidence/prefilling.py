"""Answers that a configuration implies, read as any upload is: within limits, secrets out first, and nothing kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evidence.core import upload
from evidence.core.facts import ConfigFacts
from evidence.core.upload import Declared, Refused
from evidence.services import product_of
from seal_advisor.access import Actor
from seal_advisor.core.hcl import HclError
from seal_advisor.core.prefill import Prefill, prefill
from seal_advisor.models import Design
from seal_advisor.services import draft_of, record_answers

PASTED = "pasted"
MAX_BYTES = 256 * 1024  # of a configuration, as everywhere


class CannotPrefill(Exception):
    """Nothing can be taken from the text; the message says why, where, and what to do."""


@dataclass(frozen=True, slots=True)
class Read:
    """What the text implies. removed: how many secrets were taken out before it was looked at."""

    prefill: Prefill
    removed: int


@dataclass(frozen=True, slots=True)
class Taken:
    """One answer that a person has accepted, with the sentence that says where it comes from."""

    question: str
    value: str
    note: str


def read(design: Design, name: str, data: bytes) -> Read:
    """Raises CannotPrefill. Nothing is stored, and the text itself goes nowhere."""
    if len(data) > MAX_BYTES:
        raise CannotPrefill(f"{name}: longer than {MAX_BYTES // 1024} KiB; a server's configuration is a page long")
    declared = Declared(product=product_of(draft_of(design).values))
    try:
        artefact = upload.intake(name, data, declared=declared)
    except Refused as refused:
        where = f"{name}, line {refused.line}" if refused.line else name
        raise CannotPrefill(f"{where}: {refused.reason}; {refused.remedy}") from None
    if not isinstance(artefact.facts, ConfigFacts):
        raise CannotPrefill(f"{name}: this is no server configuration; paste the file that the server is started with")
    try:
        found = prefill(artefact.content.decode())
    except HclError as error:
        raise CannotPrefill(
            f"{name}, line {error.line}: only a plain configuration (HCL or JSON) can be read here; "
            "hand in what it is embedded in as evidence"
        ) from None
    return Read(found, len(artefact.redactions))


def accept(design: Design, taken: Sequence[Taken], *, actor: Actor, version: int) -> Design:
    """Put the accepted answers into the draft; every other one stays. A note that is there stays in front.

    version: of the draft that the person saw. Raises AnswersError, LostUpdate.
    """
    draft = draft_of(design)
    notes = dict(draft.notes)
    for one in taken:
        notes[one.question] = "; ".join(part for part in (notes.get(one.question, ""), one.note) if part)
    answers: Mapping[str, str | None] = {**draft.values, **{one.question: one.value for one in taken}}
    chosen = {one.question for one in taken}
    document = {"answers": answers, "unsure": sorted(draft.unsure - chosen), "notes": notes}
    return record_answers(design, document, actor=actor, version=version)
