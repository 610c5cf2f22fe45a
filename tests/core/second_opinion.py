"""A second opinion on the ruleset's tables that knows nothing of the engine, and the mutants of a rule.

`holds` says whether a rule's conditions are met, `agrees` whether a rule does what its case says, `mutants` gives every
rule that differs from it in one thing.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from seal_advisor.core import ruleset as texts

ALL = ["pkcs11", "cloud_kms", "shamir", "transit", "multi_seal", "kmip", "static"]

TABLES: dict[str, dict[str, Any]] = {}
for _text in texts.current().values():
    for _kind, _table in tomllib.loads(_text).items():
        TABLES.setdefault(_kind, {}).update(_table)
RULES, QUESTIONS, SETTINGS = TABLES["rule"], TABLES["question"], TABLES["setting"]


def number(kind: str, text: str) -> float:
    """A duration in seconds, or a version as one number; enough for the values that the cases use."""
    if kind == "version":
        return sum(int(part) * 1000**power for power, part in zip((2, 1, 0), text.split("."), strict=True))
    parts = re.fullmatch(r"P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?", text)
    assert parts, text
    return sum(float(part or 0) * unit for part, unit in zip(parts.groups(), (86400, 3600, 60, 1), strict=True))


def _rank(question: str, text: str, settings: Mapping[str, Any]) -> float:
    text = settings[text[1:]]["value"] if text.startswith("$") else text
    kind = QUESTIONS[question]["kind"]
    return [v["id"] for v in QUESTIONS[question]["values"]].index(text) if kind == "choice" else number(kind, text)


def _meets(question: str, condition: Any, given: str, settings: Mapping[str, Any]) -> bool:
    if isinstance(condition, str):
        return given == condition
    if isinstance(condition, list):
        return given in condition
    value = _rank(question, given, settings)
    bounds = {op: _rank(question, bound, settings) for op, bound in condition.items()}
    return (
        value >= bounds.get("at_least", value)
        and value <= bounds.get("at_most", value)
        and value > bounds.get("above", value - 1)
        and value < bounds.get("below", value + 1)
        and value != bounds.get("is_not", value + 1)
    )


def holds(rule: Mapping[str, Any], given: Mapping[str, str], settings: Mapping[str, Any] = SETTINGS) -> bool:
    """Whether every condition of a rule is met for certain by these answers."""
    return all(
        question in given and _meets(question, condition, given[question], settings)
        for question, condition in rule.get("when", {}).items()
    )


def agrees(rule: Mapping[str, Any], case: Mapping[str, Any], settings: Mapping[str, Any] = SETTINGS) -> bool:
    """Whether a rule does what its case says."""
    same = all(
        rule.get(key) == case.get(key) for key in ("effect", "options", "criterion", "severity", "controls", "outcome")
    )
    return (
        same
        and all(holds(rule, given, settings) for given in case.get("fires", []))
        and not any(holds(rule, given, settings) for given in case.get("silent", []))
    )


TURNED = {"at_least": "above", "above": "at_least", "at_most": "below", "below": "at_most", "is_not": "at_least"}


def _neighbours(question: str, condition: Any) -> Iterator[Any]:
    """The condition with one thing changed: a value less, a value more, a bound moved, a comparison turned."""
    values = [value["id"] for value in QUESTIONS[question].get("values", [])]
    if isinstance(condition, str):
        yield from (value for value in values if value != condition)
        yield from ([condition, value] for value in values if value != condition)
    elif isinstance(condition, list):
        yield from ([value for value in condition if value != gone] for gone in condition)
        yield from ([*condition, value] for value in values if value not in condition)
    else:
        for operator, bound in condition.items():
            yield from ({**condition, operator: value} for value in values if value != bound)
            turned = {
                "at_least": "above",
                "above": "at_least",
                "at_most": "below",
                "below": "at_most",
                "is_not": "at_least",
            }
            yield {**{op: b for op, b in condition.items() if op != operator}, turned[operator]: bound}


def mutants(rule: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The rule with one thing changed, for every thing that can be."""
    for effect in ("exclude", "concern", "oblige", "warn", "inconsistent", "note"):
        if effect != rule["effect"]:
            yield {**rule, "effect": effect}
    for option in ALL:
        options = rule.get("options", [])
        changed = [o for o in options if o != option] if option in options else [*options, option]
        yield {**rule, "options": changed}
    if rule["effect"] == "concern":
        yield from ({**rule, "severity": level} for level in (1, 2, 3) if level != rule["severity"])
        criteria = ("regulatory", "recovery", "operations", "cost")
        yield from ({**rule, "criterion": criterion} for criterion in criteria if criterion != rule["criterion"])
    for gone in rule.get("controls", []):
        yield {**rule, "controls": [control for control in rule["controls"] if control != gone]}
    for question, condition in rule.get("when", {}).items():
        yield {**rule, "when": {q: c for q, c in rule["when"].items() if q != question}}
        for changed in _neighbours(question, condition):
            yield {**rule, "when": {**rule["when"], question: changed}}
    if "outcome" in rule:
        yield {**rule, "outcome": "recommended"}


def same(rule: Mapping[str, Any], mutant: Mapping[str, Any]) -> bool:
    """Whether the mutant means the same: `at_least` the highest value is `is` that value, for instance."""
    question = next((q for q in rule.get("when", {}) if rule["when"][q] != mutant.get("when", {}).get(q)), None)
    if question is None or question not in mutant.get("when", {}) or not QUESTIONS[question].get("values"):
        return False
    values = [value["id"] for value in QUESTIONS[question]["values"]]
    before, after = rule["when"][question], mutant["when"][question]
    return [_meets(question, before, v, SETTINGS) for v in values] == [
        _meets(question, after, v, SETTINGS) for v in values
    ]
