"""What stands after `when.QUESTION =`: one value, a list, or a table of bounds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from seal_advisor.core import scales, words
from seal_advisor.core.record import Record
from seal_advisor.core.ruleset_types import RulesetError, Setting, Value

BOUNDS = ("at_least", "at_most", "above", "below")
KEYS = (*BOUNDS, "is_not", "or_unanswered")


class Draft(Record):
    """A question before its bits are dealt out."""

    id: str
    text: str
    help: str
    topic: str
    kind: str
    ordered: bool
    core: bool
    values: tuple[Value, ...]
    absent: str | None


class Condition(Record):
    """The numbers that a condition allows: a choice counts its values from 0, a duration its microseconds.

    low is allowed, high (None: no bound) is not; among None: all between them; or_unanswered: no answer is allowed too.
    """

    low: int = 0
    high: int | None = None
    among: frozenset[int] | None = None
    never: frozenset[int] = frozenset()
    or_unanswered: bool = False

    def allows(self, number: int) -> bool:
        within = self.low <= number and (self.high is None or number < self.high)
        return within and (self.among is None or number in self.among) and number not in self.never

    @property
    def cuts(self) -> set[int]:
        """Where a scale must be cut so that each band is wholly allowed or wholly not."""
        single = (self.among or frozenset()) | self.never
        high = set() if self.high is None else {self.high}
        return {self.low} | high | {number + step for number in single for step in (0, 1)}


def conditions(
    where: str, table: Mapping[str, Any], drafts: Mapping[str, Draft], settings: Mapping[str, Setting]
) -> dict[str, Condition]:
    """Question id -> condition of one rule. Raises RulesetError naming `where` and the nearest valid word."""
    found = {}
    for question, given in table.get("when", {}).items():
        words.known(question, drafts, f"{where}: no question", RulesetError)
        reader = _Reader(f"{where}: when.{question}", drafts[question], settings)
        found[question] = reader.condition(given)
        if found[question].or_unanswered and table.get("effect") == "exclude":
            raise RulesetError(f"{where}: when.{question}: what is unanswered excludes nothing; drop 'or_unanswered'")
    return found


def thresholds(drafts: Sequence[Draft], rules: Iterable[Mapping[str, Condition]]) -> dict[str, list[int]]:
    """Question id -> the first number of each band, for durations and versions."""
    cuts = {draft.id: {0} for draft in drafts if draft.kind in scales.NUMBER}
    for rule in rules:
        for question, condition in rule.items():
            if question in cuts:
                cuts[question] |= condition.cuts
    return {question: sorted(numbers) for question, numbers in cuts.items()}


class _Reader(Record):
    where: str
    draft: Draft
    settings: Mapping[str, Setting]

    def condition(self, given: Any) -> Condition:
        if self.draft.kind == "text":
            raise RulesetError(f"{self.where}: a question of kind text takes no condition")
        if not isinstance(given, dict):
            return Condition(among=self._numbers(given))
        words.keys(given, KEYS, self.where, RulesetError)
        if any(key in given for key in BOUNDS) and not self.draft.ordered:
            raise RulesetError(f"{self.where}: {self.draft.id} is not ordered, so it has no {'/'.join(BOUNDS)}")
        or_unanswered = given.get("or_unanswered", False)
        if not isinstance(or_unanswered, bool) or (or_unanswered and self.draft.core):
            raise RulesetError(f"{self.where}: 'or_unanswered' is true or false, and for refinements only")
        if not set(given) - {"or_unanswered"}:
            if not or_unanswered:
                raise RulesetError(f"{self.where}: says nothing")
            return Condition(among=frozenset(), or_unanswered=True)
        return Condition(
            low=self._low(given),
            high=self._high(given),
            never=self._numbers(given["is_not"]) if "is_not" in given else frozenset(),
            or_unanswered=or_unanswered,
        )

    def _low(self, given: Mapping[str, Any]) -> int:
        if "at_least" in given and "above" in given:
            raise RulesetError(f"{self.where}: at_least and above together")
        if "above" in given:
            return self._number(given["above"]) + 1
        return self._number(given["at_least"]) if "at_least" in given else 0

    def _high(self, given: Mapping[str, Any]) -> int | None:
        if "at_most" in given and "below" in given:
            raise RulesetError(f"{self.where}: at_most and below together")
        if "at_most" in given:
            return self._number(given["at_most"]) + 1
        return self._number(given["below"]) if "below" in given else None

    def _numbers(self, given: Any) -> frozenset[int]:
        values = given if isinstance(given, list) else [given]
        if not values:
            raise RulesetError(f"{self.where}: an empty list allows nothing")
        return frozenset(self._number(value) for value in values)

    def _number(self, value: Any) -> int:
        if not isinstance(value, str):
            raise RulesetError(f"{self.where}: {scales.shown(value)} is no text")
        if self.draft.kind == "choice":
            ids = [one.id for one in self.draft.values]
            words.known(value, ids, f"{self.where}: no value", RulesetError)
            return ids.index(value)
        if value.startswith("$"):
            words.known(value[1:], self.settings, f"{self.where}: no setting", RulesetError)
            value = self.settings[value[1:]].value
        try:
            return scales.NUMBER[self.draft.kind](value)
        except ValueError as error:
            raise RulesetError(f"{self.where}: {error}") from None
