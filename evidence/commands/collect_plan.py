"""`seal-advisor collect-plan ANSWERS [--have PATH...]`: what is still to be collected, from whom, with which command.

Exit 0 with the plan, 2 when something given cannot be read (the plan is printed all the same), 3 when no option
satisfies the answers: there is nothing to collect evidence about.
"""

from __future__ import annotations

import json
import sys

from evidence.commands.inputs import declared_of, nodes_of, read, settings_of, shown
from evidence.commands.options import UsageError
from evidence.core import collect
from evidence.core.approved import approved
from evidence.core.examine import examine
from evidence.core.facts import Artefact, Evidence
from seal_advisor.commands import _common
from seal_advisor.core import rules


def run(arguments: list[str]) -> int:
    parser = _common.parser("collect-plan", "Per role and node, the commands that produce the evidence still missing.")
    parser.add_argument("--have", metavar="PATH", nargs="+", action="extend", default=[], help="what is there already")
    parser.add_argument(
        "--node", metavar="NAME=PATH", action="append", default=[], help="PATH comes from this node; repeatable"
    )
    parser.add_argument("--observed", metavar="FROM/TO", help="the period under review, days or times in ISO 8601")
    given = parser.parse_args(arguments)
    options = {"--node": given.node} | ({"--observed": [given.observed]} if given.observed else {})
    return _common.guarded(lambda: _plan(given.answers, given.house, given.have, options, given.format))


def _plan(path: str, house: str | None, have: list[str], options: dict[str, list[str]], form: str) -> int:
    ruleset, answers = _common.read(path, house)
    decision = rules.decide(ruleset, answers)
    if decision.status == "none":
        print(f"{path}: no option satisfies these answers; `seal-advisor decide` says why", file=sys.stderr)
        return _common.EXIT["none"]
    demands = approved(decision)
    try:
        settings, nodes = settings_of(options), nodes_of(options)
        paths = list(dict.fromkeys([*have, *nodes]))
        declared = declared_of(options, demands, settings)
        artefacts: tuple[Artefact, ...] = read(paths, nodes, declared, settings.now, facts_only=True) if paths else ()
    except UsageError as error:
        raise _common.Refused(str(error)) from None
    evidence = Evidence(artefacts)
    plan = collect.plan(evidence, demands, examine(evidence, demands, settings), settings)
    document = {"ruleset": {"version": ruleset.version, "sha256": ruleset.sha256}, **collect.document(plan)}
    print(json.dumps(document, indent=1, ensure_ascii=False) if form == "json" else collect.text(plan))
    refused = [one for one in artefacts if one.error]
    for one in refused:
        print(f"{shown(one.name)}: {shown(one.error)}", file=sys.stderr)
    return 2 if refused else 0
