"""`seal-advisor decide ANSWERS`: the decision with reasons.

Exit 0 recommended or a tie, 3 no option satisfies the answers, 4 more answers are needed, 2 not understood.
"""

from __future__ import annotations

import json

from seal_advisor.commands import _common
from seal_advisor.core import adr, documents, explain


def run(arguments: list[str]) -> int:
    given = _common.parser("decide", "The decision with reasons.", ("text", "json", "markdown")).parse_args(arguments)
    return _common.guarded(lambda: _decide(given.answers, given.house, given.format))


def _decide(path: str, house: str | None, form: str) -> int:
    ruleset, answers = _common.read(path, house)
    explanation = explain.explain(ruleset, answers)
    if form == "json":
        print(json.dumps(documents.document(explanation), indent=1, ensure_ascii=False))
    elif form == "markdown":
        print(adr.record(ruleset, explanation), end="")
    else:
        print(documents.text(explanation), end="")
    return _common.EXIT[explanation.decision.status]
