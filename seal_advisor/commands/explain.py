"""`seal-advisor explain ANSWERS --option ID`: why not, and the smallest changes that would admit it."""

from __future__ import annotations

import json

from seal_advisor.commands import _common
from seal_advisor.core import documents, explain, words


def run(arguments: list[str]) -> int:
    parser = _common.parser("explain", "Why not an option, and the smallest changes that would admit it.")
    parser.add_argument("--option", metavar="ID", required=True, help="pkcs11, cloud_kms, shamir, ...")
    given = parser.parse_args(arguments)
    return _common.guarded(lambda: _explain(given.answers, given.option, given.house, given.format))


def _explain(path: str, name: str, house: str | None, form: str) -> int:
    """Exit 0, whatever the option's state: the question was understood and answered."""
    ruleset, answers = _common.read(path, house)
    words.known(name, [option.id for option in ruleset.options], "--option: no option", _common.Refused)
    explanation = explain.explain(ruleset, answers)
    if form == "json":
        document = documents.document(explanation)
        chosen = next(one for one in documents.option_documents(explanation) if one["id"] == name)
        kept = {key: document[key] for key in ("ruleset", "house", "status", "recommended", "because", "conflicts")}
        print(json.dumps({**kept, "option": chosen}, indent=1, ensure_ascii=False))
    else:
        option = explanation.decision.option(name)
        lines = documents.house_lines(explanation.decision.house)
        lines += documents.option_lines(
            explanation, option, reasons=len(option.reasons), ways=len(explanation.changes[name])
        )
        print("\n".join(lines))
    return 0
