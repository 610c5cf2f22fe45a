"""Votes: who may count, when there are enough of them, and what they decide. Dissent is kept, never averaged away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from seal_advisor.core.record import Record

APPROVE, CONDITIONS, REJECT, ABSTAIN = "approve", "conditions", "reject", "abstain"
CHOICES = (APPROVE, CONDITIONS, REJECT, ABSTAIN)
FOR = (APPROVE, CONDITIONS)


class Condition(Record):
    """What must still be done, by whom and until when. done: the day on which it was, None while it is open."""

    text: str
    owner: str
    due: date
    done: date | None = None


class Vote(Record):
    """One person's vote. reason: always there for a rejection."""

    who: str
    choice: str
    reason: str
    at: datetime
    conditions: tuple[Condition, ...] = ()


class Tally(Record):
    """The votes that stand, counted. quorum: how many votes must be cast; an abstention is cast."""

    approve: int
    conditions: int
    reject: int
    abstain: int
    quorum: int

    @property
    def cast(self) -> int:
        return self.approve + self.conditions + self.reject + self.abstain

    @property
    def missing(self) -> int:
        """Votes that the quorum still lacks."""
        return max(0, self.quorum - self.cast)

    @property
    def approved(self) -> bool:
        """The quorum is there, and more votes are for it than against it."""
        return not self.missing and self.approve + self.conditions > self.reject


def standing(votes: Sequence[Vote]) -> tuple[Vote, ...]:
    """The last vote of each person, in the order in which people first voted. votes: oldest first."""
    last: dict[str, Vote] = {}
    for vote in votes:
        last[vote.who] = vote
    return tuple(last.values())


def tally(votes: Sequence[Vote], quorum: int) -> Tally:
    """Counts the votes that stand.

    >>> from datetime import UTC
    >>> now = datetime(2026, 11, 24, tzinfo=UTC)
    >>> tally([Vote("rita", "reject", "no", now), Vote("rita", "approve", "", now)], quorum=1).approved
    True
    """
    count = dict.fromkeys(CHOICES, 0)
    for vote in standing(votes):
        count[vote.choice] += 1
    return Tally(**count, quorum=quorum)


def dissent(votes: Sequence[Vote]) -> tuple[Vote, ...]:
    """The rejections that stand."""
    return tuple(vote for vote in standing(votes) if vote.choice == REJECT)
