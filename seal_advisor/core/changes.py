"""Why not, and what would have to change: exact, from the prime boxes of each option.

An option is excluded when the answers lie inside one of its prime boxes. So the minimal sets of answers that exclude it
are the conditions of those boxes, and the minimal sets of answers that would have to change are their hitting sets.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import or_

from seal_advisor.core import boxes
from seal_advisor.core.record import Record
from seal_advisor.core.rules import Outcome, outcome, pack, rank_of
from seal_advisor.core.ruleset_types import Ruleset

MAX_CHANGES = 32  # of one option; the smallest come first
MAX_CONFLICTS = 64


class Change(Record):
    """One minimal set of answers to change: any combination of the listed answers admits the option.

    answers: question id -> answers (for a duration or version: an example from each range). ranges: the ranges.
    """

    answers: dict[str, list[str]]
    ranges: dict[str, list[dict[str, str]]]


def changes(ruleset: Ruleset, index: int, bits: int) -> tuple[Change, ...]:
    """All minimal sets of changed answers after which the option is no longer excluded, smallest first.

    Unanswered questions stay unanswered. Empty when the option is not excluded, or when nothing can admit it.
    """
    firing = [asked for forbids, asked in ruleset.primes[index] if not bits & forbids]
    if not firing:
        return ()
    found: list[Change] = []
    for freed in boxes.hitting_sets(firing):
        found += _admitted(ruleset, index, bits, freed)
        if len(found) >= MAX_CHANGES:
            break
    return tuple(found[:MAX_CHANGES])


def _admitted(ruleset: Ruleset, index: int, bits: int, freed: int) -> list[Change]:
    """The maximal boxes over the freed questions in which the option is not excluded."""
    asked = [ruleset.questions[place] for place in places(freed)]
    fields = [question.field for question in asked]
    space = sum(sum(question.value_bits) for question in asked)
    fixed = bits & ~sum(fields)
    holes = {space & ~forbids for forbids, _ in ruleset.primes[index] if not fixed & forbids}
    if len(asked) == 1:
        rest = space & ~reduce(or_, holes, 0)
        left = [rest] if rest else []
    else:
        left = boxes.primes(boxes.without(space, sorted(holes), fields), fields)
    return [
        Change(
            answers={question.id: question.spoken(box & question.field) for question in asked},
            ranges={question.id: question.ranges(box & question.field) for question in asked if question.starts},
        )
        for box in left
    ]


def excluding_sets(ruleset: Ruleset, index: int, bits: int, given: int) -> list[int]:
    """All minimal sets of given answers that exclude the option whatever the others are (bits of question indexes)."""
    return boxes.minimal_sets(asked & given for forbids, asked in ruleset.primes[index] if not bits & forbids)


def conflicts(ruleset: Ruleset, bits: int, given: int) -> list[int]:
    """All minimal sets of given answers that together leave no option; empty when an option is left."""
    families = [excluding_sets(ruleset, index, bits, given) for index in range(len(ruleset.options))]
    if not all(families):
        return []
    return boxes.unions(sorted(families, key=len))[:MAX_CONFLICTS]


def because(ruleset: Ruleset, values: Mapping[str, str]) -> tuple[str, ...]:
    """A minimal set of the given answers that yields this result whatever the other given answers are.

    It also yields the result when the others are left unanswered: every losing option of the same rank (headline or
    variant) stays excluded or outranked. Empty while nothing is recommended.
    """
    bits, known = pack(ruleset, values)
    result = outcome(ruleset, bits, known)
    if not result[1]:
        return ()
    race = _Race(ruleset, bits, known, result)
    kept = []
    for question in reversed(list(values)):
        field = ruleset.by_id[question].field
        if race.stands(bits | field, known & ~field):
            bits, known = bits | field, known & ~field
        else:
            kept.append(question)
    return tuple(sorted(kept))


class _Race:
    """The winners and losers of one result, to be tried again with fewer answers."""

    __slots__ = ("concerns", "losers", "must_go", "rivals", "ruleset", "unanswered", "winners")

    def __init__(self, ruleset: Ruleset, bits: int, known: int, result: Outcome) -> None:
        _, self.winners, excluded, self.rivals = result
        rank = ruleset.headline if self.winners & ruleset.headline else ruleset.all_options & ~ruleset.headline
        self.ruleset = ruleset
        self.must_go = excluded & (rank | ruleset.headline)
        self.losers = rank & ~excluded & ~self.rivals & ~self.winners
        self.rivals &= rank
        self.unanswered = sum(question.field for question in ruleset.questions if not known & question.field)
        # A concern that waits for an unanswered question never counts in this result, whatever else is answered.
        self.concerns = [pair for pair in ruleset.concerns if not pair[0] & self.unanswered]

    def stands(self, bits: int, known: int) -> bool:
        """Is the result the same for every combination that the bits allow?"""
        _, _, excluded, still_open = outcome(self.ruleset, bits, known)
        if self.must_go & ~excluded or self.winners & (excluded | still_open):
            return False
        winners, losers = places(self.winners), places(self.losers | self._unleashed(bits, known))
        if not losers and len(winners) == 1:
            return True
        least = most = 0
        for forbids, weights in self.concerns:
            if not bits & forbids:
                least |= weights
            elif not known & forbids:
                most |= weights
        most |= least
        lows, highs = {rank_of(least, one) for one in winners}, {rank_of(most, one) for one in winners}
        if len(winners) > 1 and (lows != highs or len(lows) > 1):
            return False
        return all(max(highs) < rank_of(least, loser) for loser in losers)

    def _unleashed(self, bits: int, known: int) -> int:
        """The open options that some of the freed answers may turn into candidates.

        An option stays open when an exclusion of it waits for unanswered questions alone.
        """
        freed = bits & ~known & ~self.unanswered
        held = 0
        for forbids, options in self.ruleset.exclusions:
            if not (known | freed) & forbids:
                held |= options
        return self.rivals & ~held


def places(bits: int) -> list[int]:
    """The indexes of the bits that are set: of options, or of questions."""
    return [place for place in range(bits.bit_length()) if bits >> place & 1]


def names(ruleset: Ruleset, sets: Iterable[int]) -> tuple[tuple[str, ...], ...]:
    """Sets of question indexes as ids, each in alphabetical order, the smallest first."""
    spoken = [tuple(sorted(ruleset.questions[place].id for place in places(one))) for one in sets]
    return tuple(sorted(spoken, key=lambda ids: (len(ids), ids)))
