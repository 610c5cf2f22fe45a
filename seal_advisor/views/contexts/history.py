"""The history of each answer: who changed it, when, from what, to what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from seal_advisor.models import AnswerChange
from seal_advisor.views.contexts.wording import UNKNOWN, Wording


@dataclass(frozen=True, slots=True)
class HistoryLine:
    at: datetime
    who: str
    what: str


def histories(changes: Iterable[AnswerChange], words: Wording) -> Mapping[str, tuple[HistoryLine, ...]]:
    """Question -> its changes, newest first."""
    found: dict[str, list[HistoryLine]] = {}
    for change in changes:
        line = HistoryLine(change.at, change.user.get_username(), _what(change, words))
        found.setdefault(change.question, []).append(line)
    return {question: tuple(lines) for question, lines in found.items()}


def _what(change: AnswerChange, words: Wording) -> str:
    if change.part == "unsure":
        return _("marked it as not sure") if change.after else _("is sure of it now")
    if change.part == "notes":
        return (
            _("wrote the note “%(after)s”") % {"after": change.after}
            if change.after
            else _("removed the note “%(before)s”") % {"before": change.before}
        )
    return _("from %(answer)s to %(answer2)s") % {
        "answer": _answer(change.question, change.before, words),
        "answer2": _answer(change.question, change.after, words),
    }


def _answer(question: str, value: Any, words: Wording) -> str:
    """An answer of an older ruleset may be in no list any more; it is then shown as it was stored."""
    return f"“{UNKNOWN if value is None else words.said(question, str(value))}”"
