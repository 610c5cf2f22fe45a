"""`seal-advisor next ANSWERS`: the question that settles most, and what is already decided."""

from __future__ import annotations

import json

from seal_advisor.commands import _common
from seal_advisor.core import documents, explain
from seal_advisor.core.explanation import Explanation
from seal_advisor.core.rules import Ruleset

KEYS = (
    "ruleset", "house", "status", "recommended", "next_question", "decided", "still_open", "irrelevant", "robustness",
)  # fmt: skip


def run(arguments: list[str]) -> int:
    parser = _common.parser("next", "The question that settles most, and what is already decided.")
    given = parser.parse_args(arguments)
    return _common.guarded(lambda: _next(given.answers, given.house, given.format))


def _next(path: str, house: str | None, form: str) -> int:
    """Exit 0: also while nothing is decided, since this asks for the way there."""
    ruleset, answers = _common.read(path, house)
    explanation = explain.explain(ruleset, answers)
    if form == "json":
        document = documents.document(explanation)
        print(json.dumps({key: document[key] for key in KEYS}, indent=1, ensure_ascii=False))
    else:
        print("\n".join(_lines(ruleset, explanation)))
    return 0


def _lines(ruleset: Ruleset, explanation: Explanation) -> list[str]:
    lines = []
    if explanation.next_question is None:
        lines.append("No question is left that could change the result.")
    else:
        question = ruleset.by_id[explanation.next_question]
        lines += [f"{question.id}: {question.text}", question.help]
        lines += [f"  {value.id}: {value.label}" for value in question.values]
    lines += ["", documents.sentence(explanation)]
    lines += [f"  {name}: {state}, whatever else is answered" for name, state in explanation.decided.items()]
    lines.append(f"Still open: {', '.join(explanation.still_open) or 'nothing'}")
    lines.append(f"No longer matters: {', '.join(explanation.irrelevant) or 'nothing'}")
    return lines + documents.house_lines(explanation.decision.house)
