"""P27-P29: the decision against if/else written by hand, against other engines, and the proofs against loading.

Every side judges the same random sets of answers by the same exclusions and concerns, generated from the ruleset; all
must agree on status and winners before any time is taken. Each side starts from answers as its door hands them over:
bits here, texts and whole numbers there. Explanations start from the answers' texts.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import celpy
import rule_engine
import zen

from benchmarks.ratio import Row
from seal_advisor.core import explain, prove, rules, ruleset, scales
from seal_advisor.core.answers import Answers
from seal_advisor.core.rules import CRITERIA, Question, Rule, Ruleset

PROFILES = 20
Result = tuple[str, tuple[str, ...]]
Facts = Mapping[str, Any]  # answers with durations as whole microseconds, as a program would hold them


def profiles(present: Ruleset, share: float) -> list[dict[str, str]]:
    """Random answers to the core questions that do not contradict each other, each given with probability `share`."""
    chance = random.Random(20261124)
    asked = [question for question in present.questions if question.core]
    contradictions = [rule.forbids for rule in present.rules if rule.effect == "inconsistent"]
    found: list[dict[str, str]] = []
    while len(found) < PROFILES:
        values = {one.id: chance.choice(one.spoken(one.field)) for one in asked if chance.random() < share}
        bits, _ = rules.pack(present, values)
        if all(bits & forbids for forbids in contradictions):
            found.append(values)
    return found


def facts(values: Mapping[str, str], present: Ruleset) -> dict[str, Any]:
    """All that a rule may ask for; a refinement is its `absent` value or empty."""
    found: dict[str, Any] = {}
    for question in present.questions:
        value = values.get(question.id) or question.absent or ""
        found[question.id] = scales.NUMBER[question.kind](value) if question.starts and value else value
        if question.starts and not value:
            found[question.id] = -1
    return found


def deciding(present: Ruleset) -> list[Rule]:
    return [rule for rule in present.rules if rule.effect in ("exclude", "concern")]


def bands(question: Question, bits: int) -> list[tuple[int, int | None]]:
    """The allowed bands of a duration or version as (first, last) numbers, neighbours joined."""
    starts = [*question.starts, None]
    found: list[tuple[int, int | None]] = []
    for place, bit in enumerate(question.value_bits):
        if bits & bit:
            low, after = question.starts[place], starts[place + 1]
            if found and found[-1][1] == low - 1:
                low = found.pop()[0]
            found.append((low, None if after is None else after - 1))
    return found


def condition(question: Question, bits: int, both: str, either: str) -> str:
    """One condition in the words of another language."""
    name = question.id
    if question.starts:
        parts = []
        for low, high in bands(question, bits):
            upper = f" {both} {name} <= {high}" if high is not None else ""
            parts.append(f"({name} >= {low}{upper})")
        return "(" + f" {either} ".join(parts) + ")"
    values = question.spoken(bits)
    return f'{name} == "{values[0]}"' if len(values) == 1 else f"{name} in {quoted(values)}"


def quoted(values: list[str]) -> str:
    return "[" + ", ".join(f'"{value}"' for value in values) + "]"


def expression(present: Ruleset, rule: Rule, both: str, either: str) -> str:
    parts = [condition(present.by_id[name], bits, both, either) for name, bits in rule.allows.items()]
    return f" {both} ".join(parts) or "true"


def by_hand(present: Ruleset) -> Callable[[Facts], Result]:
    """The decision as a person would write it in Python: locals, if, in, no loop over rules."""
    ids = [option.id for option in present.options]
    asked = {name for rule in deciding(present) for name in rule.allows}
    lines = ["def decide(a):", f"    {' = '.join(ids)} = True"]
    lines += [f'    {name} = a["{name}"]' for name in sorted(asked)]
    lines += [f"    {option}_{criterion} = 0" for option in ids for criterion in CRITERIA]
    for rule in sorted(deciding(present), key=lambda one: one.effect, reverse=True):
        test = expression(present, rule, "and", "or").replace("true", "True").replace("[", "(").replace("]", ")")
        lines.append(f"    if {test}:")
        if rule.effect == "exclude":
            lines.append(f"        {' = '.join(present.option_ids(rule.option_bits))} = False")
        else:
            for option in present.option_ids(rule.option_bits):
                name = f"{option}_{rule.criterion}"
                lines += [f"        if {name} < {rule.severity}:", f"            {name} = {rule.severity}"]
    for group in (present.headline, present.all_options & ~present.headline):
        lines.append("    best, winners = None, ()")
        for option in present.option_ids(group):
            weight = ", ".join(f"{option}_{criterion}" for criterion in CRITERIA)
            lines += [
                f"    if {option}:",
                f"        weight = ({weight})",
                "        if best is None or weight < best:",
                f"            best, winners = weight, ('{option}',)",
                "        elif weight == best:",
                f"            winners += ('{option}',)",
            ]
        lines.append("    if winners: return ('tie' if len(winners) > 1 else 'recommended'), winners")
    lines.append("    return 'none', ()")
    space: dict[str, Any] = {}
    exec("\n".join(lines), space)
    return space["decide"]  # type: ignore[no-any-return]


def judged(present: Ruleset, fired: list[bool]) -> Result:
    """The result from the list of rules that fired, for the other engines."""
    excluded: set[int] = set()
    weights = {index: dict.fromkeys(CRITERIA, 0) for index in range(len(present.options))}
    for rule, fires in zip(deciding(present), fired, strict=True):
        if fires and rule.effect == "exclude":
            excluded |= set(rule.options)
        elif fires:
            for index in rule.options:
                weights[index][rule.criterion] = max(weights[index][rule.criterion], rule.severity)
    left = [index for index in range(len(present.options)) if index not in excluded]
    left = [index for index in left if present.options[index].headline] or left
    if not left:
        return "none", ()
    least = min(tuple(weights[index].values()) for index in left)
    best = tuple(present.options[index].id for index in left if tuple(weights[index].values()) == least)
    return ("tie" if len(best) > 1 else "recommended"), best


def with_cel(present: Ruleset) -> Callable[[Facts], Result]:
    language = celpy.Environment()
    programs = [language.program(language.compile(expression(present, rule, "&&", "||"))) for rule in deciding(present)]

    def decide(given: Facts) -> Result:
        activation = {
            name: celpy.celtypes.IntType(value) if isinstance(value, int) else celpy.celtypes.StringType(value)
            for name, value in given.items()
        }
        return judged(present, [bool(program.evaluate(activation)) for program in programs])

    return decide


def with_rule_engine(present: Ruleset) -> Callable[[Facts], Result]:
    compiled = [rule_engine.Rule(expression(present, rule, "and", "or")) for rule in deciding(present)]
    return lambda given: judged(present, [rule.matches(given) for rule in compiled])


def with_zen(present: Ruleset) -> Callable[[Facts], Result]:
    compiled = [zen.compile_expression(expression(present, rule, "and", "or")) for rule in deciding(present)]
    return lambda given: judged(present, [bool(one.evaluate(dict(given))) for one in compiled])


def ours(present: Ruleset, packed: tuple[int, int]) -> Result:
    status, winners, _, _ = rules.outcome(present, *packed)
    return status, present.option_ids(winners)


def each(judge: Callable[[Any], object], inputs: list[Any]) -> list[object]:
    return [judge(one) for one in inputs]


def same(one: object, other: object) -> None:
    assert one == other, "the two sides decide differently"


def rows() -> list[Row]:
    present = rules.load(ruleset.current())
    complete, half = profiles(present, 1.0), profiles(present, 0.5)
    plain = [facts(values, present) for values in complete]
    full_answers = [Answers(present.version, values) for values in complete]
    half_answers = [Answers(present.version, values) for values in half]
    hand = partial(each, by_hand(present), plain)
    decide = partial(each, partial(ours, present), [rules.pack(present, values) for values in complete])
    found = [
        Row("P27.1", "decision / if-else by hand", decide, hand, 3, same, (100, 100), "hand-written if/else"),
        Row("P27.2", "full explanation / if-else by hand",
            partial(each, partial(explain.explain, present), full_answers),
            hand, 400, repeat=(3, 100), baseline_name="hand-written if/else"),
        Row("P27.3", "live half-filled form / if-else by hand",
            partial(each, partial(explain.document, present), half_answers),
            hand, 1000, repeat=(3, 100), baseline_name="hand-written if/else"),
    ]  # fmt: skip
    for number, (name, build) in enumerate(
        (("cel-python", with_cel), ("zen-engine", with_zen), ("rule-engine", with_rule_engine)), 1
    ):
        other = partial(each, build(present), plain)
        what = f"decision / {name}"
        found.append(Row(f"P28.{number}", what, decide, other, 1 / 20, same, (100, 1), name))
    found.append(
        Row("P29", "proofs over the whole answer space / loading the ruleset", partial(prove.prove, present),
            partial(rules.load, ruleset.current()), 1000, repeat=(1, 5), baseline_name="loading the ruleset"),
    )  # fmt: skip
    return found
