"""The decision explained, and the decision as a document.

`explain` says what decided it, what would have to change, which answers conflict, and what the open questions can still
do; `document` is the JSON of `decide --format json`; `markdown` is the record for the team (an ADR in MADR's form).
"""

from __future__ import annotations

from seal_advisor.core import adr, changes, documents
from seal_advisor.core.answers import Answers
from seal_advisor.core.explanation import Explanation
from seal_advisor.core.prospects import prospects
from seal_advisor.core.rules import decide, pack
from seal_advisor.core.ruleset_types import Ruleset

__all__ = ["Explanation", "document", "explain", "markdown"]


def explain(ruleset: Ruleset, answers: Answers) -> Explanation:
    """Decides and explains. Pure, a few milliseconds."""
    decision = decide(ruleset, answers)
    given = answers.given
    bits, known = pack(ruleset, given)
    given_bits = sum(1 << place for place, question in enumerate(ruleset.questions) if question.id in given)
    clashes = changes.names(ruleset, changes.conflicts(ruleset, bits, given_bits)) if decision.status == "none" else ()
    ahead = prospects(ruleset, bits, known)
    flipping = {flip.question for flip in ahead.robustness}
    return Explanation(
        decision=decision,
        because=clashes[0] if clashes else changes.because(ruleset, given),
        changes={option.id: changes.changes(ruleset, index, bits) for index, option in enumerate(ruleset.options)},
        conflicts=clashes,
        next_question=ahead.next_question,
        decided=ahead.decided,
        still_open=ahead.still_open,
        irrelevant=ahead.irrelevant,
        robustness=ahead.robustness,
        idle=tuple(question for question in given if question not in flipping),
    )


def document(ruleset: Ruleset, answers: Answers) -> dict[str, object]:
    """The JSON of `decide --format json`; every key is always there."""
    return documents.document(explain(ruleset, answers))


def markdown(ruleset: Ruleset, answers: Answers) -> str:
    """The decision record, in MADR's form."""
    return adr.record(ruleset, explain(ruleset, answers))
