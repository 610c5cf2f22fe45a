"""House rules: an organisation's own rules and thresholds, laid over a released ruleset.

The files have the ruleset's own form (see `rules`), and may hold these tables only:

    [house]                       # exactly once
    name = "Example Bank"         # whose rules
    version = "3"
    replaces = ["R028"]           # optional: the [rule.R028] in these files takes the place of the released one
    removes = ["R029"]            # optional: this released rule does not hold in this house
    [setting.rto_on_call]         # a released threshold with another value, or a threshold of the house's own
    [source.policy_7]             # where a rule of the house was read
    [rule.H001]                   # a rule of the house's own; R and digits belong to the released rulesets

Inside a Ruleset they stand beside the released files as `house/NAME.toml`, so that one sha256 covers both and whatever
keeps the files of a ruleset keeps the house's too. Whether a house is weaker is not what it says but what is computed:
every released rule is compared with the rules that hold in the house, over all combinations of answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from seal_advisor.core import boxes, words
from seal_advisor.core.ruleset_types import Difference, Option, Question, Rule, RulesetError, spoken

FOLDER = "house/"
TABLES = ("house", "setting", "source", "rule")
KEYS = {"name", "version", "replaces", "removes"}
MAX_REGIONS = 2  # named in one statement; the others are counted

Tables = Mapping[str, Any]


def overlay(released: Mapping[str, str], house: Mapping[str, str]) -> dict[str, str]:
    """The files of the released ruleset with those of a house over it, for `loader.load`.

    Both are file name -> TOML text. Raises RulesetError for a file name that a package could not hold as it is, and
    where there is nothing to lay over or a house already.
    """
    if not house:
        raise RulesetError("the house has no *.toml file")
    if any(name.startswith(FOLDER) for name in released):
        raise RulesetError("these files have a house already; lay one over the released ruleset only")
    for name in house:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,90}\.toml", name):
            raise RulesetError(f"{name}: name the file with letters, digits, '.', '_' and '-' only, ending in .toml")
    return {**released, **{f"{FOLDER}{name}": text for name, text in house.items()}}


def split(files: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """(the released files, those of the house); the latter keep their folder and are empty where there is no house."""
    own = {name: text for name, text in files.items() if name.startswith(FOLDER)}
    return {name: text for name, text in files.items() if name not in own}, own


def laid(released: Tables, own: Tables) -> dict[str, Any]:
    """The tables of both as one ruleset's. A rule that is replaced keeps its place. Raises RulesetError."""
    table = own["house"]
    rules = dict(released["rule"])
    replaced, removed = _named(table, "replaces", rules), _named(table, "removes", rules)
    for name, (file, _) in own["rule"].items():
        where = f"{file}: rule {name}"
        if name in rules and name not in replaced:
            raise RulesetError(f"{where}: stands already in {rules[name][0]}; list it in [house] replaces, if meant")
        if name not in rules and re.fullmatch(r"R\d+", name):
            raise RulesetError(f"{where}: R and digits are the released rulesets' ids; give it your own, such as H001")
    missing = [name for name in replaced if name not in own["rule"]]
    if missing:
        raise RulesetError(f"[house] replaces: no [rule.{missing[0]}] stands in the house's files")
    for name in removed:
        if name in replaced:
            raise RulesetError(f"[house]: {name} is both replaced and removed")
        del rules[name]
    rules = {name: (file, _unbound(table, removed)) for name, (file, table) in rules.items()} | own["rule"]
    for name, (file, _) in own["source"].items():
        if name in released["source"]:
            raise RulesetError(f"{file}: source {name} stands already in {released['source'][name][0]}")
    return {
        **released,
        "setting": {**released["setting"], **own["setting"]},
        "source": {**released["source"], **own["source"]},
        "rule": rules,
    }


def _named(table: Tables, key: str, rules: Mapping[str, object]) -> list[str]:
    names = table.get(key, [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise RulesetError(f"[house] {key} must be a list of released rules, such as ['R028']")
    for name in names:
        words.known(name, rules, f"[house] {key}: no rule", RulesetError)
    return names


def _unbound(table: dict[str, Any], removed: Sequence[str]) -> dict[str, Any]:
    """A rule that followed a removed one stands for itself."""
    return {key: value for key, value in table.items() if key != "follows" or value not in removed}


def own_parts(own: Tables) -> frozenset[str]:
    """What the house answers for in a proof: `rule H001`, `setting x`, `source y`."""
    return frozenset(f"{kind} {name}" for kind in ("rule", "setting", "source") for name in own[kind])


NO_LONGER = {
    "exclude": "no longer excludes {options} where {regions}",
    "concern": "no longer speaks against {options} ({weight}) where {regions}",
    "oblige": "no longer demands where {regions}: {why}",
    "warn": "no longer warns where {regions}: {why}",
    "note": "no longer notes where {regions}: {why}",
    "inconsistent": "no longer refuses as contradictory: {regions}",
}
NOW = {effect: sentence.removeprefix("no longer ") for effect, sentence in NO_LONGER.items()}


def differences(
    old: Sequence[Rule],
    new: Sequence[Rule],
    questions: Sequence[Question],
    options: Sequence[Option],
    sentences: Mapping[str, str],
) -> tuple[Difference, ...]:
    """What the old rules say somewhere and the new ones do not say there; both on the bits of the same questions.

    With NO_LONGER and (released, house): in what the house is weaker. With NOW and (house, released): stricter.
    """
    compared = _Compared(old, new, questions)
    found = []
    for rule in old:
        left: dict[tuple[int, ...], list[str]] = {}
        for index in rule.options or (None,):
            regions = tuple(compared.left(rule, index))
            if regions:
                left.setdefault(regions, []).append("" if index is None else options[index].title)
        for regions, titles in left.items():
            what = sentences[rule.effect].format(
                options=" and ".join(titles),
                weight=f"{rule.criterion}, severity {rule.severity} of 3",
                regions=compared.spoken(regions),
                why=rule.why,
            )
            found.append(Difference(rule.id, what))
    return tuple(found)


class _Compared:
    """Two lists of rules over the same bits."""

    def __init__(self, old: Sequence[Rule], new: Sequence[Rule], questions: Sequence[Question]) -> None:
        self.questions = questions
        self.fields = tuple(question.field for question in questions)
        self.everything = sum(self.fields)
        self.new = new
        self.same = {rule.id: rule for rule in new}
        self.impossible = [self._box(rule) for rule in old if rule.effect == "inconsistent"]

    def _box(self, rule: Rule) -> int:
        return self.everything & ~rule.forbids

    def left(self, rule: Rule, index: int | None) -> list[int]:
        """The regions of the old rule in which it says something about the option that no new rule says.

        They are cut along the rule's own conditions (whole, or without what the new rule of that id still covers), so
        that they can be read; inside such a region other rules may still say the same in places.
        """
        other = self.same.get(rule.id)
        kept = [self._box(other)] if other is not None and _covers(other, rule, index) else []
        regions = boxes.without(self._box(rule), kept, self.fields)
        if not regions:
            return []
        holes = [self._box(one) for one in self._holes(rule, index)]
        holes += self.impossible if rule.effect != "inconsistent" else []
        return [region for region in regions if boxes.without(region, holes, self.fields)]

    def _holes(self, rule: Rule, index: int | None) -> Iterator[Rule]:
        """New rules that say the same; what speaks about an option is moot where that option is excluded."""
        for one in self.new:
            if _covers(one, rule, index) or (one.effect == "exclude" and index in one.options):
                yield one

    def spoken(self, regions: Sequence[int]) -> str:
        said = " or where ".join(spoken(self.questions, box) for box in regions[:MAX_REGIONS])
        more = len(regions) - MAX_REGIONS
        return f"{said} (and in {more} more region{'s' if more > 1 else ''})" if more > 0 else said


def _covers(one: Rule, rule: Rule, index: int | None) -> bool:
    """Does the other rule say at least as much about the option, where it fires?"""
    if one.effect != rule.effect or (one.options and index not in one.options):
        return False
    if rule.effect == "exclude":
        return True
    if rule.effect == "concern":
        return one.criterion == rule.criterion and one.severity >= rule.severity
    heard = one.outcome in ("", rule.outcome) and set(rule.controls) <= set(one.controls)
    return heard and one.why == rule.why
