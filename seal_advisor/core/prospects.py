"""What the questions that are left can still do: next question, still open, irrelevant, robustness."""

from __future__ import annotations

from dataclasses import dataclass

from seal_advisor.core.compiler import RANK_BITS
from seal_advisor.core.rules import Outcome, outcome
from seal_advisor.core.ruleset_types import Question, Ruleset


@dataclass(frozen=True, slots=True)
class Flip:
    """Answering `question` with one of `values` (instead of `given`, None = unanswered) changes the result to this."""

    question: str
    given: str | None
    values: tuple[str, ...]
    status: str
    recommended: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prospects:
    """still_open: unanswered core questions that can still change the result; irrelevant: those that cannot, whatever
    the others turn out to be. decided: option id -> "excluded" or "possible", where nothing can change that any more.
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
    flips: list[Flip] = []
    best: tuple[float, str] | None = None
    for question in ruleset.questions:
        if question.kind == "text" or not (question.field & mattering or known & question.field):
            continue
        results = _tried(ruleset, question, bits, known)
        flips += _flips(ruleset, question, bits, known, now, results)
        if question in still_open:
            score = sum(_unsettled(ruleset, result) for _, result in results) / len(results)
            if best is None or score < best[0]:
                best = score, question.id
    _, _, excluded, open_options = now
    return Prospects(
        next_question=best[1] if best else None,
        still_open=tuple(question.id for question in still_open),
        irrelevant=tuple(question.id for question in unanswered if question not in still_open),
        decided={
            option.id: "excluded" if excluded >> index & 1 else "possible"
            for index, option in enumerate(ruleset.options)
            if not open_options >> index & 1
        },
        robustness=tuple(flips),
    )


def _tried(ruleset: Ruleset, question: Question, bits: int, known: int) -> list[tuple[int, Outcome]]:
    """(bit, result) for each answer to the question, all else as it is."""
    others = ~question.field
    return [(bit, outcome(ruleset, bits & others | bit, known & others | bit)) for bit in question.value_bits]


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
