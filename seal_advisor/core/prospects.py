"""What the questions that are left can still do: next question, still open, irrelevant, robustness."""

from __future__ import annotations

from seal_advisor.core.compiler import RANK_BITS
from seal_advisor.core.record import Record
from seal_advisor.core.rules import Outcome, contenders, judged, outcome
from seal_advisor.core.ruleset_types import Question, Ruleset


class Flip(Record):
    """Answering `question` with one of `values` (instead of `given`, None = unanswered) changes the result to this."""

    question: str
    given: str | None
    values: tuple[str, ...]
    status: str
    recommended: tuple[str, ...]


class Prospects(Record):
    """irrelevant: unanswered core questions that change nothing, whatever the others turn out to be. still_open: all
    others; it errs on the side of asking, since knowing for certain would take trying every completion of the answers.
    decided: option id -> "excluded" or "possible", where nothing can change that any more.
    """

    next_question: str | None
    still_open: tuple[str, ...]
    irrelevant: tuple[str, ...]
    decided: dict[str, str]
    robustness: tuple[Flip, ...]


def prospects(ruleset: Ruleset, bits: int, known: int) -> Prospects:
    now = outcome(ruleset, bits, known)
    unanswered = [question for question in ruleset.questions if question.core and not known & question.field]
    mattering = _mattering(ruleset, bits, known, now)
    still_open = [question for question in unanswered if question.field & mattering]
    tried = _Tried(ruleset, bits, known, now)
    flips: list[Flip] = []
    best: tuple[float, str] | None = None
    for question in ruleset.questions:
        if not question.field & ruleset.touched or not question.field & (mattering | known):
            continue
        results = tried.results(question)
        if any(result != now for _, result in results):
            flips += _flips(ruleset, question, bits, known, now, results)
        if question.field & mattering:
            score = sum(_unsettled(ruleset, result) for _, result in results) / len(results)
            if best is None or score < best[0]:
                best = score, question.id
    _, _, excluded, open_options = now
    return Prospects(
        next_question=best[1] if best else None,
        still_open=tuple(question.id for question in still_open),
        irrelevant=tuple(question.id for question in unanswered if not question.field & mattering),
        decided={
            option.id: "excluded" if excluded >> index & 1 else "possible"
            for index, option in enumerate(ruleset.options)
            if not open_options >> index & 1
        },
        robustness=tuple(flips),
    )


class _Tried:
    """One answer changed at a time, all else as it is: only the rules about that question are judged anew."""

    __slots__ = ("bits", "firing", "known", "now", "possible", "ruleset", "weighing")

    def __init__(self, ruleset: Ruleset, bits: int, known: int, now: Outcome) -> None:
        self.ruleset, self.bits, self.known, self.now = ruleset, bits, known, now
        self.firing = [pair for pair in ruleset.exclusions if not bits & pair[0]]
        self.possible = [pair for pair in ruleset.exclusions if bits & pair[0] and not known & pair[0]]
        self.weighing = [pair for pair in ruleset.concerns if not bits & pair[0]]

    def results(self, question: Question) -> list[tuple[int, Outcome]]:
        """(bit, result) for each answer to the question."""
        ruleset, field = self.ruleset, question.field
        known, bits = self.known & ~field, self.bits & ~field
        exclusions = [pair for pair in ruleset.about[question.id][0] if not known & pair[0]]
        concerns = [pair for pair in ruleset.about[question.id][1] if not bits & pair[0]]
        if not exclusions and not concerns:
            return [(bit, self.now) for bit in question.value_bits]
        fixed, may, weights = (_besides(pairs, field) for pairs in (self.firing, self.possible, self.weighing))
        found = []
        for bit in question.value_bits:
            bits, known = self.bits & ~field | bit, self.known & ~field | bit
            excluded, possible, heavier = fixed, may, weights
            for forbids, options in exclusions:
                if not bits & forbids:
                    excluded |= options
                elif not known & forbids:
                    possible |= options
            for forbids, weight in concerns:
                if not bits & forbids:
                    heavier |= weight
            found.append((bit, judged(*contenders(ruleset, bits, excluded, possible), heavier)))
        return found


def _besides(pairs: list[tuple[int, int]], field: int) -> int:
    """What the pairs that do not ask this question bring together."""
    together = 0
    for forbids, brings in pairs:
        if not forbids & field:
            together |= brings
    return together


def _unsettled(ruleset: Ruleset, result: Outcome) -> int:
    """How much is still undecided: open headline options count most."""
    status, _, _, still_open = result
    headlines = (still_open & ruleset.headline).bit_count()
    return 100 * (status == "open") + 10 * headlines + still_open.bit_count()


def _mattering(ruleset: Ruleset, bits: int, known: int, now: Outcome) -> int:
    """All bits of the unanswered questions of any rule that may still change the result.

    That is: exclusions of an option that may still be recommended, and concerns about one, while there are two.
    """
    _, _, excluded, still_open = now
    alive = ruleset.all_options & ~excluded
    if alive & ruleset.headline & ~still_open:
        alive &= ruleset.headline
    rules = [forbids for forbids, options in ruleset.exclusions if options & alive & still_open]
    if alive & alive - 1:
        rules += [forbids for forbids, weights in ruleset.concerns if weights & _rank_bits(alive)]
    touched = 0
    for forbids in rules:
        if bits & forbids and not known & forbids:
            touched |= forbids
    return touched & ~known & bits


def _rank_bits(options: int) -> int:
    return sum(
        ((1 << RANK_BITS) - 1) << RANK_BITS * index for index in range(options.bit_length()) if options >> index & 1
    )


def _flips(
    ruleset: Ruleset, question: Question, bits: int, known: int, now: Outcome, results: list[tuple[int, Outcome]]
) -> list[Flip]:
    """The other results that this one answer can bring, each with the answers that bring it."""
    present = bits & question.field if known & question.field else 0
    grouped: dict[tuple[str, int], int] = {}
    for bit, result in results:
        if bit != present and result[:2] != now[:2]:
            grouped[result[:2]] = grouped.get(result[:2], 0) | bit
    spoken = question.spoken(present) if present else []
    return [
        Flip(question.id, spoken[0] if spoken else None, tuple(question.spoken(together)), status,
             ruleset.option_ids(recommended))
        for (status, recommended), together in grouped.items()
    ]  # fmt: skip
