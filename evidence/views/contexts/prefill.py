"""The answers that a configuration implies, each beside the present one."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from evidence.prefilling import Read
from seal_advisor.core.answers import Answers
from seal_advisor.core.prefill import Implied
from seal_advisor.core.rules import Ruleset
from seal_advisor.models import Design
from seal_advisor.views import road
from seal_advisor.views.contexts.wording import Wording
from seal_advisor.views.words import Problem, counted, opened


@dataclass(frozen=True, slots=True)
class ImpliedRow:
    """note: what is written into the answer's note. now: the present answer, in words. same: both are equal."""

    key: str
    question: str
    value: str
    answer: str
    now: str
    same: bool
    changes: bool
    reason: str
    line: int
    note: str


@dataclass(frozen=True, slots=True)
class OpenRow:
    question: str
    href: str
    reason: str
    line: int


@dataclass(frozen=True, slots=True)
class PrefillPage:
    """implied, left_open: empty before a configuration was read. removed: what became of its secrets."""

    design: road.DesignHead
    was_read: bool
    implied: tuple[ImpliedRow, ...]
    left_open: tuple[OpenRow, ...]
    removed: str
    version: int
    href: str
    problems: tuple[Problem, ...]


def prefill_page(design: Design, rules: Ruleset, answers: Answers, *, read: Read | None, problem: str) -> PrefillPage:
    words = Wording(rules, design)
    return PrefillPage(
        design=road.head(design, current="questions"),
        was_read=read is not None,
        implied=tuple(_implied(one, answers, words) for one in read.prefill.answers) if read else (),
        left_open=tuple(
            OpenRow(words.question(one.question), words.href(one.question), opened(one.reason), one.line)
            for one in read.prefill.left_open
        )
        if read
        else (),
        removed=_removed(read.removed) if read else "",
        version=design.version,
        href=reverse("prefill", args=[design.pk]),
        problems=(Problem(problem, "#text"),) if problem else (),
    )


def _removed(number: int) -> str:
    return f"{counted(number, 'secret')} taken out before it was looked at." if number else ""


def _implied(one: Implied, answers: Answers, words: Wording) -> ImpliedRow:
    now = answers.values.get(one.question)
    return ImpliedRow(
        key=one.question,
        question=words.question(one.question),
        value=one.value,
        answer=words.answer(one.question, one.value),
        now=words.answer(one.question, now) if now is not None else "",
        same=now == one.value,
        changes=now is not None and now != one.value,
        reason=opened(one.reason),
        line=one.line,
        note=f"taken from line {one.line}: {one.reason}",
    )
