"""Proofs are exact: counts, dead ends and differences are those of enumeration; each kind of dead rule is found."""

from __future__ import annotations

from collections import Counter
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings

from seal_advisor import cli
from seal_advisor.core import prove, rules, sweep
from seal_advisor.core import ruleset as texts
from seal_advisor.core.ruleset_types import Ruleset
from tests.core import random_rulesets as again

ROOT = Path(__file__).parents[2]
THOROUGH = settings(max_examples=60, deadline=None, derandomize=True)
EFFECTS = ("exclude", "exclude", "concern", "inconsistent")
CURRENT = rules.load(texts.current())


def combinations(ruleset: Ruleset) -> list[dict[str, str]]:
    """Every combination that the sweep counts: core questions, and the refinement that has an absent value."""
    asked = [question for question in ruleset.questions if question.core or question.absent is not None]
    spans = [question.spoken(question.field) for question in asked]
    return [dict(zip([one.id for one in asked], values, strict=True)) for values in product(*spans)]


def outcome(plain: tuple[again.Plain, ...], values: dict[str, str]) -> sweep.Result:
    if any(rule.effect == "inconsistent" and again.fires(rule, again.settled(values)) for rule in plain):
        return "contradiction", ()
    status, recommended, _ = again.result(plain, values)
    return status, recommended


@THOROUGH
@given(again.cases(effects=EFFECTS))
def test_the_sweep_counts_what_enumeration_counts(case: again.Case) -> None:
    over = sweep.space(case.ruleset)
    every = combinations(case.ruleset)
    assert over.size == len(every)
    counted = {row[0]: count for row, count in sweep.sweep(over).items()}
    assert counted == Counter(outcome(case.plain, values) for values in every)


@THOROUGH
@given(again.cases(effects=EFFECTS))
def test_the_dead_ends_are_all_combinations_without_an_option_and_no_others(case: again.Case) -> None:
    ends = prove.ends(case.ruleset)
    for values in combinations(case.ruleset):
        bits, _ = rules.pack(case.ruleset, values)
        status, _ = outcome(case.plain, values)
        inside = any(not bits & ~box for box in ends)
        assert inside == (status == "none") or status == "contradiction"


@settings(THOROUGH, max_examples=30)
@given(again.cases(effects=EFFECTS), again.cases(effects=EFFECTS))
def test_the_difference_counts_what_enumeration_counts(old: again.Case, new: again.Case) -> None:
    over = sweep.space(old.ruleset, new.ruleset)
    swept = sweep.sweep(over)
    assert sum(swept.values()) == over.size
    spans = []
    for axis in over.axes:
        question = old.ruleset.by_id[axis.question]
        if question.starts:
            starts = sorted({*question.starts, *new.ruleset.by_id[axis.question].starts})
            spans.append([f"PT{start // 10**6}.{start % 10**6:06}S" for start in starts])
        else:
            spans.append(question.spoken(question.field))
    names = [axis.question for axis in over.axes]
    every = [dict(zip(names, values, strict=True)) for values in product(*spans)]
    assert swept == Counter((outcome(old.plain, values), outcome(new.plain, values)) for values in every)


def found(*tables: str, head: str = again.HEAD) -> dict[str, str]:
    """Findings about the rules, by rule."""
    ruleset = rules.load({"a.toml": head, "rules.toml": "".join(tables)})
    return {one.where.split("rule ")[1]: one.what for one in prove.lint(ruleset) if "rule " in one.where}


def rule(name: str, when: str, effect: str = "exclude", options: str = '["alpha"]', more: str = "") -> str:
    listed = f"options = {options}\n" if options else ""
    return f'[rule.{name}]\neffect = "{effect}"\n{listed}{when}\n{more}\nwhy = "w"\nsource = "book"\n'


CONCERN = 'criterion = "cost"\nseverity = {}'


def test_a_rule_inside_another_is_redundant() -> None:
    wide, narrow = rule("A", 'when.size = "small"'), rule("B", 'when.size = "small"\nwhen.depth = "low"')
    assert found(wide, narrow) == {"B": "redundant: other exclusions cover it for every option"}


def test_a_rule_that_several_others_cover_together_is_redundant() -> None:
    parts = [rule("A", 'when.size = "small"'), rule("B", 'when.size = "large"')]
    assert set(found(*parts, rule("C", 'when.depth = "low"'))) == {"C"}


def test_a_rule_that_covers_one_more_option_is_not_redundant() -> None:
    assert found(rule("A", 'when.size = "small"'), rule("B", 'when.size = "small"', options='["alpha", "beta"]')) == {
        "A": "redundant: other exclusions cover it for every option"
    }


def test_a_rule_that_follows_another_may_be_redundant_but_must_follow() -> None:
    wide = rule("A", 'when.size = "small"')
    assert found(wide, rule("B", 'when.size = "small"\nwhen.depth = "low"', more='follows = "A"')) == {}
    assert "does not follow A" in found(wide, rule("B", 'when.depth = "low"', more='follows = "A"'))["B"]


def test_a_rule_on_contradictory_answers_is_unreachable() -> None:
    no = rule("A", 'when.size = "small"\nwhen.depth = "low"', "inconsistent", "")
    assert found(no, rule("B", 'when.size = "small"\nwhen.depth = "low"\nwhen.colour = "red"'))["B"].startswith(
        "unreach"
    )


def test_a_rule_about_options_that_are_always_excluded_there_is_dead() -> None:
    gone = rule("A", 'when.size = "small"')
    assert found(gone, rule("B", 'when.size = "small"', "warn"))["B"].startswith("dead")
    assert found(gone, rule("B", 'when.size = "small"', "warn", '["alpha", "beta"]')) == {}
    assert found(gone, rule("B", 'when.size = "small"', "concern", more=CONCERN.format(1)))["B"].startswith("dead")


def test_a_concern_that_a_graver_one_always_outweighs_is_redundant() -> None:
    grave = rule("A", 'when.size = "small"', "concern", more=CONCERN.format(3))
    light = rule("B", 'when.size = "small"\nwhen.depth = "low"', "concern", more=CONCERN.format(1))
    assert found(grave, light)["B"].startswith("redundant")
    assert found(rule("A", 'when.size = "large"', "concern", more=CONCERN.format(3)), light) == {}


def test_what_nothing_uses_is_dead() -> None:
    head = again.HEAD + '\n[setting.limit]\nvalue = "PT1H"\nwhy = "w"\n[source.other]\ntitle = "t"\n'
    head += 'address = "https://example.org/2"\nread = 2026-11-24\n'
    ruleset = rules.load({"a.toml": head, "b.toml": rule("A", 'when.size = "small"')})
    named = {one.where for one in prove.lint(ruleset)}
    assert {"setting limit", "source other", "question colour", "question rto"} <= named
    assert "question size" not in named


def test_a_headline_option_that_never_wins_and_a_variant_that_is_never_possible_are_errors() -> None:
    body = rule("A", "", options='["delta"]') + rule("B", "", "concern", more=CONCERN.format(1))
    proof = prove.prove(rules.load({"a.toml": again.HEAD, "b.toml": body}))
    assert {one.where: one.kind for one in proof.findings if one.where.startswith("option")} == {
        "option alpha": "error",
        "option delta": "error",
    }


def test_a_difference_names_rules_and_counts_combinations() -> None:
    body = rule("A", 'when.size = "small"')
    old = rules.load({"a.toml": again.HEAD, "b.toml": body})
    new = rules.load(
        {"a.toml": again.HEAD, "b.toml": body.replace("small", "large") + rule("B", "", options='["delta"]')}
    )
    text = prove.diff(old, new)
    assert "100 % of 36 combinations" in text
    assert "| tie: beta, gamma | tie: alpha, beta, gamma | 18 | 50.00 % |" in text
    assert "- rules added: B" in text
    assert "- rules changed: A" in text
    assert "0 % of" in prove.diff(old, old)


def test_a_value_that_only_one_side_knows_is_named_and_left_out() -> None:
    old = rules.load({"a.toml": again.HEAD})
    new = rules.load(
        {"a.toml": again.HEAD.replace('{ id = "blue", label = "blue" }', '{ id = "grey", label = "grey" }')}
    )
    assert "colour = blue, colour = grey" in prove.diff(old, new)


def test_the_present_ruleset_is_proved() -> None:
    proof = prove.prove(CURRENT)
    assert [one for one in proof.findings if one.kind == "error"] == []
    assert sum(proof.counts.values()) == proof.size
    assert (ROOT / "docs/dead-ends.md").read_text(encoding="utf-8") == prove.dead_ends(CURRENT, proof), (
        "write it again: seal-advisor rules prove --dead-ends > docs/dead-ends.md"
    )


def test_the_command_lints_proves_and_compares(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["rules", "lint"]) == 0
    (tmp_path / "a.toml").write_text(again.HEAD + "\n" + rule("A", 'when.size = "small"').replace('"book"', '"bok"'))
    assert cli.main(["rules", "lint", str(tmp_path)]) == 2
    assert "a.toml: rule A: no source 'bok'; did you mean 'book'?" in capsys.readouterr().err
    (tmp_path / "a.toml").write_text(again.HEAD + "\n" + rule("A", 'when.size = "small"'))
    assert cli.main(["rules", "lint", str(tmp_path), "--format", "json"]) == 1
    assert cli.main(["rules", "diff", str(tmp_path), str(tmp_path)]) == 0
    assert cli.main(["rules", "diff", "1999.1.0", "current"]) == 2
    assert cli.main(["rules", "prove", str(tmp_path)]) == 1
