"""`seal-advisor rules lint | prove | diff OLD NEW`: proofs about a ruleset, and what a change of it changes.

With --house the house rules lie over the ruleset (over NEW): the same proofs, and `diff current current --house DIR` is
what the house changes.
"""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Iterable

from seal_advisor.commands import _common, house_files
from seal_advisor.core import prove, ruleset
from seal_advisor.core.prove import Finding
from seal_advisor.core.rules import Ruleset, RulesetError


def run(arguments: list[str]) -> int:
    parser = _common.OneLineParser(prog="seal-advisor rules", description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    for name, summary in (
        ("lint", "unreachable, redundant and dead rules and questions"),
        ("prove", "the same, and over the whole answer space: winners, dead ends"),
    ):
        action = actions.add_parser(name, help=summary, description=summary)
        action.add_argument(
            "ruleset", nargs="?", metavar="RULESET", help="a folder or a released version; else the present"
        )
        action.add_argument("--format", choices=("text", "json"), default="text")
        _common.add_house(action)
    action.add_argument("--dead-ends", action="store_true", help="print docs/dead-ends.md")
    action = actions.add_parser("diff", help="which share of the combinations of answers changes, and how (Markdown)")
    action.add_argument("old", metavar="OLD", help="a folder of TOML files or a released version")
    action.add_argument("new", metavar="NEW", help="the same; 'current' is the present ruleset")
    _common.add_house(action)
    given = parser.parse_args(arguments)
    return _common.guarded(lambda: _act(given))


def _act(given: Namespace) -> int:
    if given.action == "diff":
        print(prove.diff(_ruleset(given.old), _ruleset(given.new, given.house)), end="")
        return 0
    chosen = _ruleset(given.ruleset or "current", given.house)
    if given.action == "lint":
        return _report(given.format, prove.lint(chosen), {})
    proof = prove.prove(chosen)
    if given.dead_ends:
        print(prove.dead_ends(chosen, proof), end="")
        return int(_failed(proof.findings))
    counts = [
        {"status": status, "recommended": list(recommended), "combinations": count}
        for (status, recommended), count in sorted(proof.counts.items(), key=lambda pair: -pair[1])
    ]
    more = {"combinations": proof.size, "results": counts, "regions_without_an_option": len(proof.ends)}
    return _report(given.format, proof.findings, more)


def _ruleset(name: str, house: str | None = None) -> Ruleset:
    """'current', a released version, or a folder; with a house over it. Raises Refused or HouseRefused."""
    if name == "current":
        texts = ruleset.current()
    elif name in ruleset.releases():
        texts = ruleset.released(name)
    else:
        texts = _common.load_folder(name)
    try:
        return house_files.ruleset_in(house, texts)
    except RulesetError as error:
        raise _common.Refused(f"{name}: {error}") from None


def _failed(findings: Iterable[Finding]) -> bool:
    return any(finding.kind == "error" for finding in findings)


def _report(form: str, findings: tuple[Finding, ...], more: dict[str, object]) -> int:
    """Exit 1 when there is an error among the findings."""
    if form == "json":
        listed = [{"kind": one.kind, "where": one.where, "what": one.what} for one in findings]
        print(json.dumps({"findings": listed, **more}, indent=1))
    else:
        for one in findings:
            print(f"{one.kind}: {one.where}: {one.what}")
        for name, value in more.items():
            if isinstance(value, list):
                total = more["combinations"]
                for row in value:
                    named = " and ".join(row["recommended"])
                    print(f"{prove.share(row['combinations'], int(str(total))):>13}  {row['status']} {named}".rstrip())
            else:
                print(f"{name.replace('_', ' ')}: {value}")
        print("no error" if not _failed(findings) else "errors: this ruleset must not be released")
    return int(_failed(findings))
