"""Forms of the pages: what was typed becomes what a service takes, or a sentence that says what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django import forms
from django.utils.translation import gettext_lazy

from seal_advisor.core.answers import Answers
from seal_advisor.core.rules import Question, Ruleset
from seal_advisor.views import durations

GIVEN = "given"  # the radio button in front of a typed answer


class NewDesign(forms.Form):
    title = forms.CharField(
        max_length=200,
        error_messages={
            "required": gettext_lazy("Give the design a name."),
            "max_length": gettext_lazy("Use at most %(limit_value)d characters for the name."),
        },
    )


@dataclass(frozen=True, slots=True)
class Typed:
    """One question as the form sent it. value None = "I do not know"."""

    value: str | None
    unsure: bool
    note: str


def typed(question: Question, data: Mapping[str, str], stored: str | None) -> Typed:
    """What the form says about one question.

    stored: the value so far. Without JavaScript nothing selects the radio button in front of a typed amount, so a
    changed amount counts as given even where "I do not know" is still selected.
    Raises durations.NotAnAmount for an amount that is no number.
    """
    value: str | None = data.get(question.id) or None
    if question.kind == "duration":
        value = _duration(question, data, stored)
    elif value == GIVEN and not question.values:
        value = data.get(f"{question.id}.text", "").strip() or None
    return Typed(value, f"{question.id}.unsure" in data, data.get(f"{question.id}.note", "").strip())


def _duration(question: Question, data: Mapping[str, str], stored: str | None) -> str | None:
    number = data.get(f"{question.id}.amount", "").strip()
    unit = data.get(f"{question.id}.unit", "")
    before = durations.amount(stored) if stored else durations.Amount("", "M")
    chosen = data.get(question.id) == GIVEN or (stored is None and number != before.number)
    return durations.duration(number, unit) if chosen and number else None


def document(ruleset: Ruleset, data: Mapping[str, str], stored: Answers) -> tuple[dict[str, object], dict[str, str]]:
    """The whole form as an answers document, and per question what could not be read (its stored value is kept)."""
    answers: dict[str, str | None] = {}
    unsure, notes, wrong = [], {}, {}
    for question in ruleset.questions:
        key = question.id
        before = stored.values.get(key)
        try:
            said = typed(question, data, before)
        except durations.NotAnAmount as error:
            wrong[key] = str(error)
            said = Typed(before, key in stored.unsure, stored.notes.get(key, ""))
        answers[key] = said.value
        unsure += [key] if said.unsure else []
        notes |= {key: said.note} if said.note else {}
    return {"answers": answers, "unsure": unsure, "notes": notes}, wrong
