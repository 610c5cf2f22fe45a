"""What can be done with a design. Access was decided by the caller (`access.design_or_404`); here the rules of the
thing itself are kept: every answer change is stored, a lost update is refused, a revision is frozen whole.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from seal_advisor import trail
from seal_advisor.access import Actor
from seal_advisor.core import explain, generate, history, ruleset
from seal_advisor.core.answers import Answers, parse
from seal_advisor.core.answers import document as answers_json
from seal_advisor.core.history import Migrated
from seal_advisor.core.rules import Decision, Ruleset, decide, load
from seal_advisor.models import AnswerChange, Design, Organisation, Revision, RulesetCopy
from seal_advisor.rulesets import current_ruleset, ruleset_of

PARTS = ("answers", "unsure", "notes")
# The exam question of a regulated bank: what the home page offers as "Try the sample design".
SAMPLE_TITLE = "Sample: payments platform, FIPS 140 level 3"
SAMPLE_ANSWERS = {
    "platform": "vault_enterprise_hsm",
    "fips_level": "l3",
    "fips_standard": "fips_140_3",
    "fips_scope": "key_only",
    "boundary": "dedicated_hsm",
    "custody": "own_premises",
    "operator_keys": "forbidden",
    "unattended_start": "required",
    "hosting": "on_premises",
    "connectivity": "restricted",
    "kms": "none",
    "hsm": "clustered",
    "hsm_skill": "team",
    "ops_load": "high",
    "dr": "replication",
    "dual_control": "required",
    "clusters": "few",
}


class LostUpdate(Exception):
    """Somebody else wrote the design since the version that the caller had read. current: the version now."""

    def __init__(self, current: int) -> None:
        super().__init__(f"the design is at version {current} by now; read it again and repeat the change")
        self.current = current


def migrated(design: Design) -> Migrated:
    """The draft in the words of the current ruleset, and what could not come over. Nothing is stored."""
    rules = current_ruleset()
    if design.ruleset_version in ("", rules.version):
        return Migrated(parse(design.answers, rules), {})
    return history.migrate({**design.answers, "ruleset": design.ruleset_version}, rules)


def draft_of(design: Design) -> Answers:
    """The draft's answers under the current ruleset."""
    return migrated(design).answers


def unmapped_of(design: Design) -> dict[str, str]:
    """Answers of an older ruleset that became "I do not know", until somebody has seen them: question -> answer."""
    return {**design.unmapped, **migrated(design).unmapped}


def decision_of(design: Design) -> Decision:
    """The decision that the draft's answers give now. Nothing is stored."""
    return decide(ruleset_of(design.organisation), draft_of(design))


def decision_document(answers: Answers, rules: Ruleset | None = None) -> dict[str, Any]:
    """The document of `decide --format json` for any answers; under the current ruleset unless another is given."""
    return explain.document(rules or current_ruleset(), answers)


def design_files(design: Design) -> dict[str, str]:
    """Relative path -> text of everything generated from the draft's decision."""
    return generate.files(decision_of(design), ruleset_of(design.organisation))


def create_design(
    *,
    organisation: Organisation,
    actor: Actor,
    title: str,
    document: Mapping[str, Any] | None = None,
    frameworks: Sequence[str] = (),
    sample: bool = False,
    parent: Design | None = None,
) -> Design:
    """A new design, with the answers of the document if one is given (AnswersError when it is wrong)."""
    answers = parse(document or {"answers": {}}, current_ruleset())
    with transaction.atomic():
        design = Design.objects.create(
            organisation=organisation,
            title=title,
            author=actor.user,
            answers=_empty(),
            ruleset_version=current_ruleset().version,
            frameworks=list(frameworks),
            sample=sample,
            parent=parent,
        )
        trail.record(
            actor, "design.created", design.pk, design=design, after={"title": title, "frameworks": list(frameworks)}
        )
        _write_answers(design, _stored(answers), actor)
    return design


def create_sample_design(*, organisation: Organisation, actor: Actor) -> Design:
    """The sample design, answered; "Try the sample design"."""
    return create_design(
        organisation=organisation,
        actor=actor,
        title=SAMPLE_TITLE,
        document={"answers": SAMPLE_ANSWERS},
        sample=True,
    )


def copy_design(design: Design, *, actor: Actor) -> Design:
    """A what-if copy: the same answers in a design of its own that knows where it comes from."""
    return create_design(
        organisation=design.organisation,
        actor=actor,
        title=f"What if: {design.title}"[:200],
        document=_stored(draft_of(design)),
        frameworks=design.frameworks,
        parent=design,
    )


def edit_design(
    design: Design,
    *,
    actor: Actor,
    title: str | None = None,
    frameworks: Sequence[str] | None = None,
    version: int | None = None,
) -> Design:
    """Change title or frameworks. Raises LostUpdate when `version` is given and no longer current."""
    with transaction.atomic():
        locked = _locked(design, version)
        before = {"title": locked.title, "frameworks": locked.frameworks}
        after = {
            "title": locked.title if title is None else title,
            "frameworks": locked.frameworks if frameworks is None else list(frameworks),
        }
        if after == before:
            return locked
        locked.title, locked.frameworks = after["title"], after["frameworks"]
        _save(locked)
        trail.record(actor, "design.edited", locked.pk, design=locked, before=before, after=after)
    return locked


def record_answers(design: Design, document: Mapping[str, Any], *, actor: Actor, version: int | None = None) -> Design:
    """Replace the draft's answers by the document's and store every single change with who and when.

    version: the version that the caller had read; None = whatever is there (a form without JavaScript).
    Raises AnswersError for a wrong document, LostUpdate for an old version. The same answers again change nothing.
    """
    answers = parse(document, current_ruleset())
    with transaction.atomic():
        locked = _locked(design, version)
        _write_answers(locked, _stored(answers), actor)
    return locked


def import_answers(design: Design, text: str, *, actor: Actor) -> Design:
    """Replace the draft's answers by those of an answers file. Raises AnswersError, with the line or the nearest word.

    A file that was written for an older released ruleset comes over as a draft does.
    """
    found = _imported(answers_json(text))
    with transaction.atomic():
        locked = _locked(design, None)
        locked.unmapped = {**locked.unmapped, **found.unmapped}
        _write_answers(locked, _stored(found.answers), actor)
        Design.objects.filter(pk=locked.pk).update(unmapped=locked.unmapped)
    return locked


def read_answers(text: str) -> Answers:
    """The answers of a file or link, in the words of the current ruleset. Raises AnswersError."""
    return _imported(answers_json(text)).answers


def _imported(given: object) -> Migrated:
    rules = current_ruleset()
    version = given.get("ruleset") if isinstance(given, dict) else None
    if not isinstance(given, dict) or version == rules.version or version not in ruleset.releases():
        return Migrated(parse(given, rules), {})
    return history.migrate(parse(given, load(ruleset.released(str(version)))).as_json(), rules)


def dismiss_unmapped(design: Design, *, actor: Actor) -> None:
    """Somebody has seen which answers did not come over: the draft stays as it came over, the list goes."""
    with transaction.atomic():
        locked = _locked(design, None)
        _write_answers(locked, _stored(draft_of(locked)), actor)
        seen, locked.unmapped = locked.unmapped, {}
        if not seen:
            return
        _save(locked)
        trail.record(actor, "answers.unmapped_seen", locked.pk, design=locked, before=seen, after={})


def record_answer(
    design: Design,
    question: str,
    *,
    actor: Actor,
    value: str | None,
    unsure: bool = False,
    note: str = "",
) -> Design:
    """Change one answer and leave the others: autosave. Two people on two questions do not step on each other."""
    with transaction.atomic():
        locked = _locked(design, None)
        said = _stored(draft_of(locked))
        said["answers"] = {**said["answers"], question: value}
        said["unsure"] = sorted({*said["unsure"], question} if unsure else {*said["unsure"]} - {question})
        notes = {key: text for key, text in said["notes"].items() if key != question}
        said["notes"] = {**notes, question: note} if note else notes
        _write_answers(locked, _stored(parse(said, current_ruleset())), actor)
    return locked


def freeze_revision(design: Design, *, actor: Actor) -> Revision:
    """The draft, frozen with its decision and the ruleset's text. The same answers under the same rules, once more,
    return the revision that is there.
    """
    with transaction.atomic():
        locked = _locked(design, None)
        rules = ruleset_of(locked.organisation)
        draft = draft_of(locked)
        decision = explain.document(rules, draft)
        digest = hashlib.sha256(canonical(decision).encode()).hexdigest()
        latest = locked.revisions.order_by("-number").first()
        if latest and latest.decision_sha256 == digest and latest.answers == _stored(draft):
            return latest
        copy, _ = RulesetCopy.objects.get_or_create(
            sha256=rules.sha256, defaults={"version": rules.version, "files": dict(rules.files)}
        )
        revision = Revision.objects.create(
            design=locked,
            number=latest.number + 1 if latest else 1,
            answers=_stored(draft),
            decision=decision,
            decision_sha256=digest,
            ruleset=copy,
            engine_version=history.ENGINE,
            author=actor.user,
        )
        frozen = {"number": revision.number, "decision_sha256": digest}
        trail.record(actor, "revision.frozen", revision.pk, design=locked, after=frozen)
        return revision


def canonical(document: object) -> str:
    """The one JSON text of a document: sorted keys, no spaces, UTF-8."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


# --- inside -----------------------------------------------------------------------------------------------------------


def _empty() -> dict[str, Any]:
    return {"answers": {}, "unsure": [], "notes": {}}


def _stored(answers: Answers) -> dict[str, Any]:
    """The stored form: answers given (no nulls), flags and notes; no ruleset, which has its own column."""
    document = answers.as_json()
    return {
        "answers": {name: value for name, value in document.get("answers", {}).items() if value is not None},
        "unsure": sorted(document.get("unsure", [])),
        "notes": {name: text for name, text in document.get("notes", {}).items() if text},
    }


def _locked(design: Design, version: int | None) -> Design:
    rows = Design.objects.select_for_update(of=("self",), no_key=True).select_related("organisation")
    locked = rows.get(pk=design.pk)
    if version is not None and version != locked.version:
        raise LostUpdate(locked.version)
    return locked


def _save(design: Design) -> None:
    design.version += 1
    design.updated_at = timezone.now()
    design.save()


def _write_answers(design: Design, after: dict[str, Any], actor: Actor) -> None:
    before = {**_empty(), **design.answers}
    version = current_ruleset().version
    if before == after and design.ruleset_version == version:
        return
    design.unmapped = unmapped_of(design)
    design.answers = after
    design.ruleset_version = version
    _save(design)
    changes = [(part, *change) for part in PARTS for change in _differences(before[part], after[part])]
    AnswerChange.objects.bulk_create(
        AnswerChange(
            design=design,
            version=design.version,
            part=part,
            question=question,
            before=old,
            after=new,
            user=actor.user,
            token=actor.token.pk if actor.token else None,
        )
        for part, question, old, new in changes
    )
    trail.record(
        actor,
        "answers.changed",
        design.pk,
        design=design,
        before={f"{part}.{question}": old for part, question, old, _ in changes},
        after={f"{part}.{question}": new for part, question, _, new in changes},
    )


def _differences(before: Any, after: Any) -> list[tuple[str, Any, Any]]:
    old = before if isinstance(before, dict) else dict.fromkeys(before, True)
    new = after if isinstance(after, dict) else dict.fromkeys(after, True)
    return [(key, old.get(key), new.get(key)) for key in sorted({*old, *new}) if old.get(key) != new.get(key)]
