"""`seal-advisor losses ANSWERS [--option ID]`: what is lost when a part of the seal is gone, and the time to unseal.

Without --option: the recommended options of the answers, or the headline options when none is recommended. `--input
NAME=VALUE` puts your own figure in the place of one of our assumptions; the JSON lists them all. Exit 0, or 2 when
something given is not understood.
"""

from __future__ import annotations

import json

from seal_advisor.commands import _common
from seal_advisor.core import blast_radius, rules, unseal_inputs, unseal_time, words
from seal_advisor.core.unseal_inputs import Inputs


def run(arguments: list[str]) -> int:
    parser = _common.parser("losses", "What is lost when a part of the seal is gone, and how long a restart takes.")
    parser.add_argument("--option", metavar="ID", help="pkcs11, cloud_kms, shamir, ...")
    parser.add_argument(
        "--input", metavar="NAME=VALUE", action="append", default=[], help="your own figure for one of our assumptions"
    )
    given = parser.parse_args(arguments)
    return _common.guarded(lambda: _losses(given.answers, given.house, given.option, given.input, given.format))


def _losses(path: str, house: str | None, name: str | None, changes: list[str], form: str) -> int:
    ruleset, answers = _common.read(path, house)
    if name is not None:
        words.known(name, blast_radius.OPTIONS, "--option: no option", _common.Refused)
    inputs = _inputs(unseal_inputs.given(answers.values), changes)
    platform = answers.values.get("platform")
    recommended = rules.decide(ruleset, answers).recommended
    headline = tuple(option.id for option in ruleset.options if option.headline)
    chosen = (name,) if name is not None else recommended or headline
    if form == "json":
        document = {
            "ruleset": {"version": ruleset.version, "sha256": ruleset.sha256},
            "options": [blast_radius.document(option, platform, inputs) for option in chosen],
        }
        print(json.dumps(document, indent=1, ensure_ascii=False))
        return 0
    titles = {option.id: option.title for option in ruleset.options}
    for option in chosen:
        print(f"{titles[option]}\n{'=' * len(titles[option])}\n")
        print(blast_radius.text(option, platform))
        print("\nTime to unseal after a restart of the whole cluster:")
        for sentence in unseal_time.summary(option, inputs):
            print(f"  {sentence}")
        print()
    return 0


def _inputs(inputs: Inputs, changes: list[str]) -> Inputs:
    values = {}
    for change in changes:
        name, equals, value = change.partition("=")
        if not equals:
            raise _common.Refused(f"--input {change}: write NAME=VALUE")
        values[name] = value
    try:
        return unseal_inputs.changed(inputs, values)
    except unseal_inputs.InputsError as error:
        raise _common.Refused(f"--input: {error}") from None
