"""The decision with everything that is said about it."""

from __future__ import annotations

from collections.abc import Mapping

from seal_advisor.core.changes import Change
from seal_advisor.core.prospects import Flip
from seal_advisor.core.record import Record
from seal_advisor.core.rules import Decision


class Explanation(Record):
    """Everything beside the decision itself; sets of answers are question ids.

    because: a minimal set of the given answers that yields this result alone. changes: option id -> all minimal sets
    of answer changes that would admit it. conflicts: all minimal sets of answers that leave no option (status none).
    decided: options that no open question can move. still_open, irrelevant: unanswered core questions.
    robustness: which single answer, changed or added, changes the result. idle: given answers of which changing only
    that one changes nothing.
    """

    decision: Decision
    because: tuple[str, ...]
    changes: Mapping[str, tuple[Change, ...]]
    conflicts: tuple[tuple[str, ...], ...]
    next_question: str | None
    decided: Mapping[str, str]
    still_open: tuple[str, ...]
    irrelevant: tuple[str, ...]
    robustness: tuple[Flip, ...]
    idle: tuple[str, ...]
