"""The answers file as the yardstick of `check`. A module of its own: without `--answers` the rules are never loaded."""

from __future__ import annotations

from evidence.core.approved import approved
from evidence.core.demands import Demands
from seal_advisor.commands.house_files import HouseRefused, ruleset_in
from seal_advisor.core.answers import AnswersError, loads
from seal_advisor.core.rules import decide


class YardstickError(Exception):
    """The answers or the house rules cannot be understood; the message starts with the place where there is one."""


def demands_of(text: str, house: str | None = None) -> Demands:
    """What the decision on these answers demands; house: the path of house rules. Raises YardstickError."""
    try:
        ruleset = ruleset_in(house)
    except HouseRefused as error:
        raise YardstickError(str(error)) from None
    try:
        answers = loads(text, ruleset)
    except AnswersError as error:
        place = f"line {error.line}: " if error.line else ""
        raise YardstickError(f"{place}{error}") from None
    return approved(decide(ruleset, answers))
