"""The questionnaire: topics of questions with their answers, and the live result beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from seal_advisor.core.answers import Answers
from seal_advisor.core.documents import sentence
from seal_advisor.core.explain import Explanation
from seal_advisor.core.rules import Question, Ruleset
from seal_advisor.models import AnswerChange, Design
from seal_advisor.views import durations, road
from seal_advisor.views.contexts import outcome
from seal_advisor.views.contexts.history import HistoryLine, histories
from seal_advisor.views.contexts.wording import TOPICS, Wording, topic_title
from seal_advisor.views.words import NO_MARK, Link, Mark, Problem, counted, translated


@dataclass(frozen=True, slots=True)
class Choice:
    id: str
    label: str
    help: str
    checked: bool


@dataclass(frozen=True, slots=True)
class Unit:
    id: str
    label: str
    selected: bool


@dataclass(frozen=True, slots=True)
class Amount:
    """A duration's field: a number and its unit."""

    given: bool
    number: str
    units: tuple[Unit, ...]


@dataclass(frozen=True, slots=True)
class QuestionSeen:
    """One question. mark: why it matters now, or that it no longer does; text_answer: None unless it is free text."""

    id: str
    text: str
    help: str
    choices: tuple[Choice, ...]
    amount: Amount | None
    free_text: bool
    value: str
    unknown: bool
    unsure: bool
    note: str
    mark: Mark
    problem: str
    history: tuple[HistoryLine, ...]


@dataclass(frozen=True, slots=True)
class Topic:
    id: str
    title: str
    questions: tuple[QuestionSeen, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """The live panel."""

    sentence: str
    progress: str
    options: tuple[outcome.OptionSeen, ...]
    contradictions: tuple[outcome.Conflict, ...]
    conflicts: tuple[outcome.Conflict, ...]
    next: Link | None
    decision_href: str


@dataclass(frozen=True, slots=True)
class QuestionsPage:
    design: road.DesignHead
    topics: tuple[Topic, ...]
    result: Result
    save_href: str
    may_write: bool
    said: str
    unmapped: tuple[str, ...]
    dismiss_href: str
    file_href: str
    compare_href: str
    version: int
    problems: tuple[Problem, ...] = ()


def questions_page(
    design: Design,
    *,
    ruleset: Ruleset,
    answers: Answers,
    explanation: Explanation,
    may_write: bool,
    wrong: Mapping[str, str] | None = None,
    head: road.DesignHead,
    changes: Iterable[AnswerChange] = (),
    unmapped: Mapping[str, str] | None = None,
) -> QuestionsPage:
    """wrong: question -> what could not be read. changes: of the answers, newest first. unmapped: question -> answer
    that did not come over from an older ruleset.
    """
    words = Wording(ruleset)
    wrong = wrong or {}
    marks = _marks(ruleset, explanation)
    past = histories(changes, words)
    seen = [
        _question(question, answers, marks[question.id], wrong, past.get(question.id, ()))
        for question in ruleset.questions
    ]
    result = _result(design, answers, explanation, words)
    return QuestionsPage(
        design=head,
        topics=_topics(ruleset, seen),
        result=result,
        save_href=reverse("answers", args=[design.pk]),
        may_write=may_write,
        said=_("Saved. %(sentence)s") % {"sentence": result.sentence}
        if not wrong
        else _("Not saved. %(join)s") % {"join": " ".join(wrong.values())},
        unmapped=tuple(f"{words.asked(key)}: “{words.said(key, value)}”" for key, value in (unmapped or {}).items()),
        dismiss_href=reverse("unmapped", args=[design.pk]),
        file_href=reverse("answers-file", args=[design.pk]),
        compare_href=reverse("compare", args=[design.pk]),
        version=design.version,
        problems=tuple(_problem(key, text, words) for key, text in wrong.items()),
    )


def _problem(key: str, text: str, words: Wording) -> Problem:
    """A line of the error summary; key "" is about the form as a whole."""
    return Problem(f"{words.question(key)} {text}", f"#q-{key}") if key else Problem(text)


def _marks(ruleset: Ruleset, explanation: Explanation) -> dict[str, Mark]:
    clashing = outcome.clashing(explanation)
    marks = {}
    for key in ruleset.by_id:
        if key in clashing:
            marks[key] = Mark(_("Contradicts another answer"), "octagon-x", "fail")
        elif key == explanation.next_question:
            marks[key] = Mark(_("Settles most now"), "lightbulb", "accent")
        elif key in explanation.irrelevant:
            marks[key] = Mark(_("No longer changes the result"), "circle-minus")
        else:
            marks[key] = NO_MARK
    return marks


def _question(
    question: Question, answers: Answers, mark: Mark, wrong: Mapping[str, str], history: tuple[HistoryLine, ...]
) -> QuestionSeen:
    value = answers.values.get(question.id)
    return QuestionSeen(
        id=question.id,
        text=translated(question.text),
        help=translated(question.help),
        choices=tuple(
            Choice(choice.id, translated(choice.label), translated(choice.help), choice.id == value)
            for choice in question.values
        ),
        amount=_amount(value) if question.kind == "duration" else None,
        free_text=question.kind in {"text", "version"},
        value=value or "",
        unknown=value is None,
        unsure=question.id in answers.unsure,
        note=answers.notes.get(question.id, ""),
        mark=mark,
        problem=wrong.get(question.id, ""),
        history=history,
    )


def _amount(value: str | None) -> Amount:
    shown = durations.amount(value) if value else durations.Amount("", "M")
    units = reversed(durations.UNITS.items())
    return Amount(
        given=value is not None,
        number=shown.number,
        units=tuple(Unit(key, label, key == shown.unit) for key, (label, _) in units),
    )


def _topics(ruleset: Ruleset, seen: Sequence[QuestionSeen]) -> tuple[Topic, ...]:
    by_topic: dict[str, list[QuestionSeen]] = {topic: [] for topic in TOPICS}
    for question, shown in zip(ruleset.questions, seen, strict=True):
        by_topic.setdefault(question.topic, []).append(shown)
    return tuple(
        Topic(topic, topic_title(topic), tuple(questions)) for topic, questions in by_topic.items() if questions
    )


def _result(design: Design, answers: Answers, explanation: Explanation, words: Wording) -> Result:
    return Result(
        sentence=translated(sentence(explanation)),
        progress=_progress(answers, explanation),
        options=outcome.options(explanation, words),
        contradictions=outcome.contradictions(explanation, words),
        conflicts=outcome.conflicts(explanation, words),
        next=outcome.next_question(explanation, words),
        decision_href=reverse("decision", args=[design.pk]),
    )


def _progress(answers: Answers, explanation: Explanation) -> str:
    given = counted(len(answers.given), "answer")
    waiting = len(explanation.still_open)
    if not waiting:
        return _("%(given)s; no open question can change this any more.") % {"given": given}
    return _("%(given)s; %(counted)s can still change this.") % {
        "given": given,
        "counted": counted(waiting, "open question"),
    }
