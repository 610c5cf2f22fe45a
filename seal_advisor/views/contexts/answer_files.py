"""Answers as a file or a link, and the design that a link would make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from seal_advisor.core.documents import sentence
from seal_advisor.core.explain import Explanation
from seal_advisor.core.rules import Ruleset
from seal_advisor.views import road
from seal_advisor.views.contexts.answers import AnswerRow, answer_rows
from seal_advisor.views.contexts.wording import Wording
from seal_advisor.views.words import Problem, translated


@dataclass(frozen=True, slots=True)
class AnswersFilePage:
    """link: the address that offers these answers as a new design, "" where they are too long for one."""

    design: road.DesignHead
    export_href: str
    link: str
    import_href: str
    may_write: bool
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class PrefilledPage:
    """What a link would make. text: the answers as the link has them; sentence: "" where they cannot be read."""

    title: str
    text: str
    sentence: str
    answers: tuple[AnswerRow, ...]
    create_href: str
    problems: tuple[Problem, ...]


def prefilled_page(
    ruleset: Ruleset, explanation: Explanation | None, *, text: str, title: str, problems: Sequence[Problem]
) -> PrefilledPage:
    """explanation: of the link's answers, None where they cannot be read."""
    answers = explanation.decision.answers if explanation else None
    return PrefilledPage(
        title=title,
        text=text,
        sentence=translated(sentence(explanation)) if explanation else "",
        answers=answer_rows(ruleset, answers, Wording(ruleset), given_only=True) if answers else (),
        create_href=reverse("prefilled"),
        problems=tuple(problems),
    )
