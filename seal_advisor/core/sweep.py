"""Every combination of answers, counted without listing them.

The combinations (some 10^15) are built question by question; combinations that have led to the same state so far are
counted together. A state is what still matters: which rules may still fire, what has fired. So the counts are exact,
and the whole space takes a second or two. Two rulesets can be swept side by side.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from seal_advisor.core.compiler import RANK_BITS, weights_of
from seal_advisor.core.record import Record
from seal_advisor.core.rules import best
from seal_advisor.core.ruleset_types import Question, Rule, Ruleset

Result = tuple[str, tuple[str, ...]]
"""(status, recommended option ids); status "contradiction" where two answers cannot both be true."""
Row = tuple[Result, ...]
_Side = tuple[int, int]  # (excluded options, weights); -1 for a contradiction
_State = tuple[int, tuple[_Side, ...]]  # (rules that may still fire, what has fired on each side)


class Axis(Record):
    """One question: for each of its answers the bits on each side (0 where a side does not ask it)."""

    question: str
    cells: tuple[tuple[int, ...], ...]


class Space(Record):
    """What is swept: every core question and every refinement that has an `absent` value; other refinements unanswered.

    A duration counts once for each band between two thresholds. missing: answers that only one side knows, left out.
    """

    sides: tuple[Ruleset, ...]
    axes: tuple[Axis, ...]
    missing: tuple[str, ...]

    @property
    def size(self) -> int:
        product = 1
        for axis in self.axes:
            product *= len(axis.cells)
        return product


def space(*sides: Ruleset) -> Space:
    """The combinations that all sides understand."""
    ids = [question.id for side in sides for question in side.questions if question.core or question.absent is not None]
    axes, missing = [], []
    for name in dict.fromkeys(ids):
        asked = [side.by_id.get(name) for side in sides]
        known = [question for question in asked if question is not None]
        if any(question.kind != known[0].kind for question in known):
            missing.append(f"{name} (another kind)")
            continue
        cells, unshared = _cells(name, asked, known)
        axes.append(Axis(name, cells))
        missing += unshared
    return Space(sides, tuple(axes), tuple(missing))


def _cells(
    name: str, asked: Sequence[Question | None], known: Sequence[Question]
) -> tuple[tuple[tuple[int, ...], ...], list[str]]:
    """(the bits of each answer on each side, the answers that not every side knows)."""
    if known[0].kind == "choice":
        ids = list(dict.fromkeys(value.id for question in known for value in question.values))
        shared = [one for one in ids if all(one in {value.id for value in question.values} for question in known)]
        cells = tuple(tuple(question.bit(one) if question else 0 for question in asked) for one in shared)
        return cells, [f"{name} = {one}" for one in ids if one not in shared]
    starts = sorted({start for question in known for start in question.starts}) or [0]
    return tuple(tuple(_band(question, start) for question in asked) for start in starts), []


def _band(question: Question | None, start: int) -> int:
    if question is None or not question.starts:
        return 0
    return question.value_bits[bisect_right(question.starts, start) - 1]


def sweep(over: Space) -> dict[Row, int]:
    """(result on each side) -> number of combinations."""
    return _Sweep(over).counted()


class _Sweep:
    """The rules of all sides in one list, and the order in which the questions are asked."""

    def __init__(self, over: Space) -> None:
        self.over = over
        self.rules: list[tuple[int, Rule]] = []
        for number, side in enumerate(over.sides):
            swept = {axis.question for axis in over.axes}
            settled = sum(question.unanswered for question in side.questions if question.id not in swept)
            self.rules += [
                (number, rule)
                for rule in side.rules
                if rule.effect in ("exclude", "concern", "inconsistent") and not settled & rule.forbids
            ]
        self.asks = [{axis.question for axis in over.axes if axis.question in rule.allows} for _, rule in self.rules]
        self.kept: dict[tuple[_Side, ...], int] = {}

    def counted(self) -> dict[Row, int]:
        fired = [place for place, asks in enumerate(self.asks) if not asks]
        alive = (1 << len(self.rules)) - 1 & ~sum(1 << place for place in fired)
        start = self._after(tuple((0, 0) for _ in self.over.sides), sum(1 << place for place in fired))
        layer: dict[_State, int] = {(alive & self._useful(start), start): 1}
        done = 0
        seen: set[str] = set()
        for axis in self._order():
            seen.add(axis.question)
            complete = sum(1 << place for place, asks in enumerate(self.asks) if asks and asks <= seen) & ~done
            done |= complete
            layer = self._step(layer, axis, complete)
        found: dict[Row, int] = {}
        for (_, fates), count in layer.items():
            row = tuple(self._result(side, fate) for side, fate in zip(self.over.sides, fates, strict=True))
            found[row] = found.get(row, 0) + count
        return found

    def _step(self, layer: dict[_State, int], axis: Axis, complete: int) -> dict[_State, int]:
        """One question answered in every way; answers that kill the same rules are counted together."""
        kills: dict[int, int] = {}
        for cell in axis.cells:
            killed = sum(1 << place for place, (side, rule) in enumerate(self.rules) if rule.forbids & cell[side])
            kills[killed] = kills.get(killed, 0) + 1
        new: dict[_State, int] = {}
        for (alive, fates), count in layer.items():
            for killed, times in kills.items():
                left = alive & ~killed
                fired = left & complete
                after = self._after(fates, fired) if fired else fates
                state = (left & ~complete & self._useful(after), after)
                new[state] = new.get(state, 0) + count * times
        return new

    def _after(self, fates: tuple[_Side, ...], fired: int) -> tuple[_Side, ...]:
        """What has fired, with these rules too; forgets what no longer matters."""
        after = list(fates)
        while fired:
            low = fired & -fired
            fired ^= low
            side, rule = self.rules[low.bit_length() - 1]
            excluded, weights = after[side]
            if rule.effect == "inconsistent" or excluded < 0:
                after[side] = (-1, 0)
            elif rule.effect == "exclude":
                after[side] = (excluded | rule.option_bits, weights)
            else:
                after[side] = (excluded, weights | weights_of(rule))
        return tuple(
            (excluded, weights & ~_ranks(excluded)) if excluded > 0 else (excluded, weights)
            for excluded, weights in after
        )

    def _useful(self, fates: tuple[_Side, ...]) -> int:
        """The rules that can still change something: those about an option that is not excluded."""
        key = tuple((excluded, 0) for excluded, _ in fates)
        if key not in self.kept:
            self.kept[key] = sum(
                1 << place
                for place, (side, rule) in enumerate(self.rules)
                if fates[side][0] >= 0 and (rule.effect == "inconsistent" or rule.option_bits & ~fates[side][0])
            )
        return self.kept[key]

    def _order(self) -> list[Axis]:
        """Questions whose rules are soon complete come first, so that few rules are pending at a time."""
        left, chosen, seen = list(self.over.axes), [], set[str]()
        while left:
            axis = min(left, key=lambda one: self._pending(seen | {one.question}))
            left.remove(axis)
            seen.add(axis.question)
            chosen.append(axis)
        return chosen

    def _pending(self, seen: set[str]) -> int:
        return sum(1 for asks in self.asks if asks & seen and not asks <= seen)

    @staticmethod
    def _result(side: Ruleset, fate: _Side) -> Result:
        excluded, weights = fate
        if excluded < 0:
            return "contradiction", ()
        left = side.all_options & ~excluded
        alive = left & side.headline or left
        if not alive:
            return "none", ()
        winners = best(alive, weights)
        return ("tie" if winners & winners - 1 else "recommended"), side.option_ids(winners)


def _ranks(options: int) -> int:
    """The weight bits of the options."""
    ranks = 0
    for index in range(options.bit_length()):
        if options >> index & 1:
            ranks |= (1 << RANK_BITS) - 1 << RANK_BITS * index
    return ranks
