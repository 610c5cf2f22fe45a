"""What a ruleset is made of. `loader` builds these from TOML; nothing else does."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import date

from seal_advisor.core import scales
from seal_advisor.core.record import Record

CRITERIA = ("regulatory", "recovery", "operations", "cost")  # in the order in which they rank
EFFECTS = ("exclude", "concern", "oblige", "warn", "inconsistent", "note")
KINDS = ("choice", "duration", "version", "text")
OUTCOMES = ("recommended", "tie", "none", "open")


class RulesetError(Exception):
    """The ruleset cannot be used; the text names the file, the rule and, for a wrong word, the nearest valid one."""


class Value(Record):
    id: str
    label: str
    help: str = ""


class Question(Record):
    """One question and its field of bits.

    field: all of its bits. A choice has one bit for each value in order; a duration or version one for each band, whose
    first whole number stands in `starts`; a text one bit. A refinement without `absent` has one more, on top: "not
    answered". value_bits: one for each value or band, lowest first. unanswered: the bits that stand for no answer (of a
    core question the whole field).
    """

    id: str
    text: str
    help: str
    topic: str
    kind: str
    ordered: bool
    core: bool
    values: tuple[Value, ...]
    absent: str | None
    starts: tuple[int, ...]
    field: int
    value_bits: tuple[int, ...]
    unanswered: int

    def bit(self, given: str) -> int:
        """The bit of an answer. Raises KeyError or ValueError for what is no answer to this question."""
        if self.kind == "choice":
            for value, bit in zip(self.values, self.value_bits, strict=True):
                if value.id == given:
                    return bit
            raise KeyError(given)
        if self.starts:
            return self.value_bits[bisect_right(self.starts, scales.NUMBER[self.kind](given)) - 1]
        return self.field & -self.field

    def spoken(self, bits: int) -> list[str]:
        """The answers that the bits stand for; for a band, a plain example inside it."""
        if self.kind == "choice":
            return [value.id for value, bit in zip(self.values, self.value_bits, strict=True) if bits & bit]
        return [scales.sample(self.kind, *self._band(place)) for place in self._places(bits)]

    def ranges(self, bits: int) -> list[dict[str, str]]:
        """The bits of a duration or version as ranges, neighbouring bands joined: `[{"at_least": "PT30M"}]`."""
        found: list[list[int]] = []
        for place in self._places(bits):
            if found and found[-1][1] == place - 1:
                found[-1][1] = place
            else:
                found.append([place, place])
        return [scales.bounds(self.kind, self._band(first)[0], self._band(last)[1]) for first, last in found]

    def _places(self, bits: int) -> list[int]:
        return [place for place, bit in enumerate(self.value_bits) if bits & bit and self.starts]

    def _band(self, place: int) -> tuple[int, int | None]:
        last = place + 1 == len(self.starts)
        return self.starts[place], None if last else self.starts[place + 1] - 1


class Option(Record):
    id: str
    title: str
    headline: bool
    summary: str


class Source(Record):
    """Where a fact was read, and on which day."""

    id: str
    title: str
    address: str
    read: date

    def __str__(self) -> str:
        return f"{self.title}, {self.address} (read {self.read.isoformat()})"


class Setting(Record):
    """A threshold that is ours, with the reason for its value."""

    id: str
    value: str
    why: str


class Rule(Record):
    """One rule. allows: question id -> the bits that its condition allows; forbids: all other bits of those questions.

    options: indexes into `Ruleset.options`, empty for a rule about the answers alone; option_bits, option_names: the
    same as bits and as ids. outcome: the status that it waits for, "" for any. file: where it stands.
    """

    id: str
    effect: str
    options: tuple[int, ...]
    option_bits: int
    option_names: tuple[str, ...]
    allows: Mapping[str, int]
    forbids: int
    outcome: str
    criterion: str
    severity: int
    why: str
    source: Source
    controls: tuple[str, ...]
    follows: str
    file: str


class Migration(Record):
    """How one answer of an older version comes over; to_question "" drops it."""

    from_version: str
    question: str
    to_question: str
    values: Mapping[str, str]


class Difference(Record):
    """One rule that a house has and the released ruleset has not, or the other way round. what: a sentence about it."""

    rule: str
    what: str


class House(Record):
    """The house rules that lie over a released ruleset (see `house`). sha256: of the house's files alone.

    weaker: what the released rules say and the house does not; stricter: the reverse; both computed, over all
    combinations of answers. own: "rule H001", "setting x", "source y", the parts that the house answers for.
    """

    name: str
    version: str
    sha256: str
    stricter: tuple[Difference, ...]
    weaker: tuple[Difference, ...]
    own: frozenset[str]

    @property
    def title(self) -> str:
        return f"{self.name} {self.version}"


class Ruleset(Record):
    """Everything that a decision rests on, ready to be evaluated.

    files: the TOML texts as given; sha256 is over their names and bytes, in the order of the names.
    everything: all bits. bits: question id -> value -> (all bits of other questions, the value's bit), choices only.
    blank: the bits when nothing is answered; settled: those of them that leave nothing open.
    exclusions: (forbids, options) of each exclusion; joint: the same for exclusions that follow only from several rules
    together (prime boxes that lie in no single rule).
    concerns: (forbids, weights): `weights` has 12 bits an option, 3 a criterion, the severity in unary, so that OR is
    the maximum and comparing numbers is comparing lexicographically.
    touched: the bits of all questions that an exclusion or a concern asks about. about: question id -> those pairs of
    `exclusions` and of `concerns` that ask it.
    primes: for each option the (forbids, questions as bits of their index) of every maximal box that excludes it.
    house: the house rules that were laid over it, if any; `rules` and `settings` are then those that hold in the house.
    """

    version: str
    sha256: str
    files: Mapping[str, str]
    questions: tuple[Question, ...]
    by_id: Mapping[str, Question]
    options: tuple[Option, ...]
    rules: tuple[Rule, ...]
    sources: Mapping[str, Source]
    settings: Mapping[str, Setting]
    migrations: tuple[Migration, ...]
    everything: int
    bits: Mapping[str, Mapping[str, tuple[int, int]]]
    blank: int
    settled: int
    all_options: int
    headline: int
    exclusions: tuple[tuple[int, int], ...]
    joint: tuple[tuple[int, int], ...]
    concerns: tuple[tuple[int, int], ...]
    touched: int
    about: Mapping[str, tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]]]
    primes: tuple[tuple[tuple[int, int], ...], ...]
    house: House | None = None

    @property
    def title(self) -> str:
        """The version, with the house's name where there is one: `2026.11.0 with the house rules Example Bank 3`."""
        return f"{self.version} with the house rules {self.house.title}" if self.house else self.version

    @property
    def fields(self) -> tuple[int, ...]:
        return tuple(question.field for question in self.questions)

    def option_ids(self, bits: int) -> tuple[str, ...]:
        return tuple(option.id for index, option in enumerate(self.options) if bits >> index & 1)


def spoken(questions: Sequence[Question], box: int) -> str:
    """The answers that a box allows, in words: `boundary: shared_hsm; rto: at least PT30M`."""
    parts = []
    for question in questions:
        if question.field & ~box:
            words = [
                " and ".join(f"{bound.replace('_', ' ')} `{value}`" for bound, value in one.items())
                for one in question.ranges(box & question.field)
            ]
            words = words or [f"`{value}`" for value in question.spoken(box & question.field)]
            parts.append(f"{question.id}: {' or '.join(words)}")
    return "; ".join(parts) or "any answers"
