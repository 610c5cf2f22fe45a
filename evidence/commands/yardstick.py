"""The answers file as the yardstick of `check`. A module of its own: without `--answers` the rules are never loaded."""

from __future__ import annotations

from evidence.core.demands import Demands, from_decision
from seal_advisor.core.answers import AnswersError, loads
from seal_advisor.core.loader import load
from seal_advisor.core.rules import decide
from seal_advisor.core.ruleset import current


class YardstickError(Exception):
    """The answers cannot be understood; the message starts with the line where there is one."""


def demands_of(text: str) -> Demands:
    """What the decision on these answers demands. Raises YardstickError."""
    ruleset = load(current())
    try:
        answers = loads(text, ruleset)
    except AnswersError as error:
        place = f"line {error.line}: " if error.line else ""
        raise YardstickError(f"{place}{error}") from None
    return from_decision(decide(ruleset, answers))
