"""Answers as a table: every question in the order of the page."""

from __future__ import annotations

from dataclasses import dataclass

from seal_advisor.core.answers import Answers
from seal_advisor.core.rules import Ruleset
from seal_advisor.views.contexts.wording import Wording
from seal_advisor.views.words import translated


@dataclass(frozen=True, slots=True)
class AnswerRow:
    question: str
    answer: str
    remark: str
    href: str


def answer_rows(
    ruleset: Ruleset, answers: Answers, words: Wording, *, given_only: bool = False
) -> tuple[AnswerRow, ...]:
    """given_only: leave out what is not answered, not flagged and has no note."""
    rows = []
    for question in ruleset.questions:
        key = question.id
        value, note = answers.values.get(key), answers.notes.get(key, "")
        remark = "; ".join(part for part in ("not sure" if key in answers.unsure else "", note) if part)
        if value is not None or remark or not given_only:
            rows.append(AnswerRow(translated(question.text), words.answer(key, value), remark, words.href(key)))
    return tuple(rows)
