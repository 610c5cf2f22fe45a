"""The result page: the decision in one sentence, its reasons with sources, the others, the pictures, the files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seal_advisor.core import diagrams, rules
from seal_advisor.core.answers import Answers
from seal_advisor.core.documents import sentence
from seal_advisor.core.explain import Explanation
from seal_advisor.core.rules import Ruleset
from seal_advisor.models import Design
from seal_advisor.views import road
from seal_advisor.views.contexts import outcome
from seal_advisor.views.contexts.answers import AnswerRow, answer_rows
from seal_advisor.views.contexts.audience import AUDIENCES, audience
from seal_advisor.views.contexts.losses import Losses, losses
from seal_advisor.views.contexts.robustness import Robustness, robustness
from seal_advisor.views.contexts.wording import Wording
from seal_advisor.views.words import Link, Problem, counted, listed, translated

# What is in a file, by the start of its path, in the order of the list.
FILES = {
    "vault": gettext_lazy("The server’s configuration"),
    "bao": gettext_lazy("The server’s configuration"),
    "adr.md": gettext_lazy("The decision, as an architecture decision record"),
    "runbooks/": "Runbook",
    "diagrams/": "Drawing",
    "README.md": gettext_lazy("What is in the folder, and what must be filled in"),
    "SHA256SUMS": gettext_lazy("Checksums of the files"),
}


@dataclass(frozen=True, slots=True)
class Effect:
    """What one deciding answer did to one option."""

    option: str
    why: str
    rule: str
    source: Link


@dataclass(frozen=True, slots=True)
class Fact:
    """A deciding answer with its effects."""

    question: str
    answer: str
    href: str
    effects: tuple[Effect, ...]


@dataclass(frozen=True, slots=True)
class Obligation:
    reason: outcome.Reason
    controls: str


@dataclass(frozen=True, slots=True)
class Figure:
    title: str
    svg: SafeString
    text: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class File:
    """A generated file; text is "" where reading it on the page would not help (a drawing)."""

    path: str
    about: str
    href: str
    text: str


@dataclass(frozen=True, slots=True)
class Tab:
    """A view of the same document for one reader."""

    title: str
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class DecisionPage:
    """shows: the sections that this reader is shown; losses and robustness are None where they are not."""

    design: road.DesignHead
    shows: frozenset[str]
    about: str
    tabs: tuple[Tab, ...]
    sentence: str
    lede: str
    why: str
    next: Link | None
    contradictions: tuple[outcome.Conflict, ...]
    conflicts: tuple[outcome.Conflict, ...]
    decided_by: tuple[Fact, ...]
    concerns: tuple[outcome.Reason, ...]
    warnings: tuple[outcome.Reason, ...]
    obligations: tuple[Obligation, ...]
    others: tuple[outcome.OptionSeen, ...]
    others_title: str
    figures: tuple[Figure, ...]
    files: tuple[File, ...]
    zip_href: str
    evidence_href: str
    answers: tuple[AnswerRow, ...]
    ruleset_version: str
    ruleset_sha256: str
    robustness: Robustness | None
    losses: Losses | None
    revisions_href: str
    problems: tuple[Problem, ...] = ()


def decision_page(
    design: Design,
    *,
    ruleset: Ruleset,
    answers: Answers,
    explanation: Explanation,
    files: Mapping[str, str],
    asked: Mapping[str, str],
) -> DecisionPage:
    """files: what was generated from the decision, empty while nothing is recommended.

    asked: the address's query: `for` names the reader, `option` and the model's inputs what "If a part dies" shows.
    """
    reader = audience(asked.get("for"))
    words = Wording(ruleset, design)
    head = road.head(design, current="decision")
    decision = explanation.decision
    best = set(decision.recommended)
    seen = outcome.options(explanation, words)
    decided_by = _decided_by(explanation, words)
    lost = losses(decision, answers, asked, audience=reader.key) if "losses" in reader.shows else None
    return DecisionPage(
        design=head,
        shows=reader.shows,
        about=reader.about,
        tabs=_tabs(design, reader.key),
        sentence=translated(sentence(explanation)),
        lede=_lede(decision, ruleset),
        why=_why(decision, len(decided_by)),
        next=outcome.next_question(explanation, words) if decision.status == "open" else None,
        contradictions=outcome.contradictions(explanation, words),
        conflicts=outcome.conflicts(explanation, words),
        decided_by=decided_by,
        concerns=tuple(item for option in seen if option.id in best for item in option.reasons),
        warnings=tuple(_said(item, words) for item in (*decision.warnings, *decision.notes)),
        obligations=tuple(Obligation(_said(item, words), listed(item.controls)) for item in decision.obligations),
        others=tuple(option for option in seen if option.id not in best),
        others_title=_("Why not the others") if best else _("Every option"),
        figures=_figures(decision, answers) if "figures" in reader.shows else (),
        files=tuple(_file(design, path, files[path]) for path in sorted(files, key=_place)),
        zip_href=reverse("design-zip", args=[design.pk]),
        evidence_href=next((step.href for step in head.steps if step.key == "evidence"), ""),
        answers=answer_rows(ruleset, answers, words),
        ruleset_version=decision.ruleset_version,
        ruleset_sha256=decision.ruleset_sha256,
        robustness=robustness(explanation, words) if "robustness" in reader.shows else None,
        losses=lost,
        revisions_href=reverse("revisions", args=[design.pk]),
        problems=lost.problems if lost else (),
    )


def _tabs(design: Design, current: str) -> tuple[Tab, ...]:
    page = reverse("decision", args=[design.pk])
    return tuple(Tab(one.title, f"{page}?for={one.key}", one.key == current) for one in AUDIENCES.values())


def _said(item: rules.Obligation | rules.Notice, words: Wording) -> outcome.Reason:
    return outcome.reason(item.why, item.id, item.source, item.answers, words)


def _lede(decision: rules.Decision, ruleset: Ruleset) -> str:
    if decision.recommended:
        return " ".join(translated(option.summary) for option in ruleset.options if option.id in decision.recommended)
    if decision.status == "none":
        return _("Every option is excluded by at least one answer. Below stands what would have to change.")
    waiting = [translated(option.title) for option in decision.options if option.state == "open"]
    return (
        _("%(listed)s could still be excluded by answers that are not given yet.") % {"listed": listed(waiting)}
        if waiting
        else ""
    )


def _why(decision: rules.Decision, number: int) -> str:
    if decision.recommended:
        alone = _("This answer alone gives") if number == 1 else _("These answers alone give")
        return _("%(counted)s decided it. %(alone)s the same result without all the others.") % {
            "counted": counted(number, "answer"),
            "alone": alone,
        }
    return _("%(counted)s brought it here.") % {"counted": counted(number, "answer")}


def _decided_by(explanation: Explanation, words: Wording) -> tuple[Fact, ...]:
    """Each deciding answer, with what it excluded."""
    given = explanation.decision.answers.values
    return tuple(
        Fact(
            words.question(key), words.answer(key, given.get(key)), words.href(key), _effects(key, explanation.decision)
        )
        for key in explanation.because
    )


def _effects(key: str, decision: rules.Decision) -> tuple[Effect, ...]:
    """For each option the first exclusion that rests on this answer; a rule that excludes three is told once."""
    by_rule: dict[str, tuple[rules.Reason, list[str]]] = {}
    for option in decision.options:
        reason = next((item for item in option.reasons if key in item.answers), None)
        if option.state == "excluded" and reason is not None:
            by_rule.setdefault(reason.rule, (reason, []))[1].append(translated(option.title))
    return tuple(
        Effect(listed(options), translated(reason.why), rule, Link(reason.source.title, reason.source.address))
        for rule, (reason, options) in by_rule.items()
    )


def _figures(decision: rules.Decision, answers: Answers) -> tuple[Figure, ...]:
    if not decision.recommended:
        return ()
    option = decision.recommended[0]
    place = {key: answers.values.get(key) or "" for key in ("platform", "hosting")}
    dr = {"dr": answers.values.get("dr") or "snapshots"}
    drawn: list[tuple[str, Callable[[], str], Sequence[str]]] = [
        (
            _("Where the seal key is"),
            lambda: diagrams.boundary(option, **place),
            diagrams.boundary_text(option, **place),
        ),
        (_("From start to unsealed"), lambda: diagrams.start(option, **place), diagrams.start_text(option, **place)),
        (
            _("Sites and their key stores"),
            lambda: diagrams.cluster(option, **place, **dr),
            diagrams.cluster_text(option, **place, **dr),
        ),
        (_("Which key wraps which"), lambda: diagrams.terms(option), diagrams.terms_text(option)),
        (
            _("Still sealed after a start"),
            lambda: diagrams.troubleshooting(option),
            diagrams.troubleshooting_text(option),
        ),
    ]
    # The drawings escape every word themselves and take ids of the ruleset only.
    return tuple(Figure(title, mark_safe(draw()), tuple(text)) for title, draw, text in drawn)  # noqa: S308


def _place(path: str) -> tuple[int, str]:
    """Where a file stands in the list: by kind, then by name; a kind that is not known comes last."""
    kinds = [place for place, start in enumerate(FILES) if path.startswith(start)]
    return (kinds[0] if kinds else len(FILES), path)


def _file(design: Design, path: str, text: str) -> File:
    about = next((words for start, words in FILES.items() if path.startswith(start)), "")
    return File(
        path=path,
        about=about,
        href=reverse("design-file", args=[design.pk, path]),
        text="" if path.endswith(".svg") else text,
    )
