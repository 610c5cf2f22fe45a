"""`seal-advisor costs FIGURES [--answers ANSWERS]`: what each option costs in a year, from figures of your own.

`--template` prints an empty file of figures. Exit 0, also while figures are missing (they are named), or 2 when
something given is not understood.
"""

from __future__ import annotations

import argparse
import json

from seal_advisor.commands import _common
from seal_advisor.commands.house_files import ruleset_in
from seal_advisor.core import costs, rules


def run(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="seal-advisor costs", description=__doc__)
    parser.add_argument("figures", nargs="?", metavar="FIGURES", help="a TOML or JSON file, or - for standard input")
    parser.add_argument("--answers", metavar="ANSWERS", help="also say what the decision on these answers is")
    parser.add_argument("--template", action="store_true", help="print an empty file of figures, each explained")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    _common.add_house(parser)
    given = parser.parse_args(arguments)
    if given.template:
        print(costs.template(), end="")
        return 0
    return _common.guarded(lambda: _costs(given.figures, given.answers, given.house, given.format))


def _costs(path: str | None, answers: str | None, house: str | None, form: str) -> int:
    if path is None:
        raise _common.Refused("FIGURES is missing; `seal-advisor costs --template` prints an empty file")
    try:
        figures = costs.loads(_common.text_of(path))
    except costs.CostsError as error:
        raise _common.Refused(f"{path}: {error}") from None
    states = {}
    if answers is None:
        ruleset = ruleset_in(house)
    else:
        ruleset, parsed = _common.read(answers, house)
        states = {option.id: option.state for option in rules.decide(ruleset, parsed).options}
    priced = [costs.cost(option.id, figures) for option in ruleset.options]
    if form == "json":
        print(json.dumps(costs.document(priced, figures.currency, states), indent=1, ensure_ascii=False))
        return 0
    for one, option in zip(priced, ruleset.options, strict=True):
        print(costs.text(one, option.title, figures.currency, states.get(one.option, "")))
        print()
    return 0
