"""Small random rulesets, and the meaning of a ruleset written down a second time.

The second meaning knows no bits and no boxes: it enumerates completions and compares values. Every property test of the
engine is the engine against this.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from hypothesis import strategies as st

from seal_advisor.core import rules, scales
from seal_advisor.core.answers import Answers
from seal_advisor.core.ruleset_types import CRITERIA, Ruleset

CHOICES = {"colour": ("red", "green", "blue"), "size": ("small", "large"), "depth": ("low", "mid", "high")}
DURATIONS = ("PT0S", "PT29M59.999999S", "PT30M", "PT30M0.000001S", "PT45M", "PT1H", "PT1H0.000001S", "P2D")

CORE = {**CHOICES, "rto": DURATIONS}
REFINEMENTS = {"maker": ("ours", "theirs"), "server": ("none", "yes")}  # server: absent = "none"
VALUES = {**CORE, **REFINEMENTS}
OPTIONS = ("alpha", "beta", "gamma", "delta")  # the first three are headline options
HEADLINE = OPTIONS[:3]
ABSENT = {"maker": None, "server": "none"}

HEAD = "\n".join(
    [
        '[ruleset]\nversion = "1"',
        '[source.book]\ntitle = "A book"\naddress = "https://example.org/"\nread = 2026-11-24',
        *(
            f'[question.{name}]\ntext = "?"\nhelp = "why"\ntopic = "t"\nkind = "choice"\nordered = true\n'
            f"core = {str(name in CORE).lower()}\n"
            + ('absent = "none"\n' if name == "server" else "")
            + "values = ["
            + ", ".join(f'{{ id = "{value}", label = "{value}" }}' for value in values)
            + "]"
            for name, values in VALUES.items()
            if name != "rto"
        ),
        '[question.rto]\ntext = "?"\nhelp = "why"\ntopic = "t"\nkind = "duration"\nordered = true\ncore = true',
        *(
            f'[option.{name}]\ntitle = "{name}"\nheadline = {str(name in HEADLINE).lower()}\nsummary = "s"'
            for name in OPTIONS
        ),
    ]
)


@dataclass(frozen=True)
class Plain:
    """A rule as plain data: question -> condition as TOML reads it."""

    effect: str
    options: tuple[str, ...]
    when: Mapping[str, Any]
    criterion: str = "regulatory"
    severity: int = 1


@dataclass(frozen=True)
class Case:
    """A ruleset twice, and answers to it."""

    plain: tuple[Plain, ...]
    ruleset: Ruleset
    values: dict[str, str]

    @property
    def answers(self) -> Answers:
        return Answers("1", self.values)


def toml(plain: tuple[Plain, ...]) -> str:
    lines = [HEAD]
    for number, rule in enumerate(plain):
        lines += [f"[rule.R{number}]", f'effect = "{rule.effect}"']
        lines += [f"options = {list(rule.options)}"] if rule.effect != "inconsistent" else []
        lines += [f"when.{question} = {_inline(condition)}" for question, condition in rule.when.items()]
        if rule.effect == "concern":
            lines += [f'criterion = "{rule.criterion}"', f"severity = {rule.severity}"]
        lines += ['why = "because"', 'source = "book"']
    return "\n".join(lines) + "\n"


def _inline(condition: Any) -> str:
    if isinstance(condition, dict):
        return "{ " + ", ".join(f'{bound} = "{value}"' for bound, value in condition.items()) + " }"
    return str(condition) if isinstance(condition, list) else f'"{condition}"'


def meets(question: str, condition: Any, value: str | None) -> bool:
    """The meaning of one condition; no answer meets none."""
    if value is None:
        return False
    place = rank(question, value)
    if not isinstance(condition, dict):
        return place in {rank(question, one) for one in (condition if isinstance(condition, list) else [condition])}
    tests = {
        "at_least": lambda bound: place >= rank(question, bound),
        "at_most": lambda bound: place <= rank(question, bound),
        "above": lambda bound: place > rank(question, bound),
        "below": lambda bound: place < rank(question, bound),
        "is_not": lambda bound: place != rank(question, bound),
    }
    return all(tests[name](bound) for name, bound in condition.items())


def rank(question: str, value: str) -> int:
    return scales.duration(value) if question == "rto" else VALUES[question].index(value)


def fires(rule: Plain, full: Mapping[str, str | None]) -> bool:
    return all(meets(question, condition, full.get(question)) for question, condition in rule.when.items())


def settled(values: Mapping[str, str]) -> dict[str, str | None]:
    """The answers with the refinements that nobody gave."""
    return {**ABSENT, **values}


def completions(values: Mapping[str, str], free: tuple[str, ...] = ()) -> Iterator[dict[str, str | None]]:
    """Every way to answer the unanswered core questions, and the `free` ones whatever they say now."""
    full = settled(values)
    names = [name for name in VALUES if (name in CORE and name not in values) or name in free]
    spans = [(*VALUES[name], *((None,) if name == "maker" else ())) for name in names]
    for chosen in product(*spans):
        yield {**full, **dict(zip(names, chosen, strict=True))}


def excluded_in(plain: tuple[Plain, ...], option: str, full: Mapping[str, str | None]) -> bool:
    return any(rule.effect == "exclude" and option in rule.options and fires(rule, full) for rule in plain)


def state(plain: tuple[Plain, ...], option: str, values: Mapping[str, str]) -> str:
    """excluded, open or possible, by enumeration."""
    seen = {excluded_in(plain, option, full) for full in completions(values)}
    return "open" if len(seen) == 2 else "excluded" if True in seen else "possible"


def weight(plain: tuple[Plain, ...], option: str, values: Mapping[str, str]) -> tuple[int, ...]:
    """The worst severity of the concerns that fire in every completion, criterion by criterion.

    A concern is a box, so it fires in every completion exactly when each of its conditions is met by what is answered,
    or by every value of what is not.
    """
    full = settled(values)
    worst = dict.fromkeys(CRITERIA, 0)
    for rule in plain:
        if rule.effect == "concern" and option in rule.options:
            certain = all(
                all(meets(question, condition, value) for value in VALUES[question])
                if question in CORE and question not in values
                else meets(question, condition, full[question])
                for question, condition in rule.when.items()
            )
            if certain:
                worst[rule.criterion] = max(worst[rule.criterion], rule.severity)
    return tuple(worst.values())


def result(plain: tuple[Plain, ...], values: Mapping[str, str]) -> tuple[str, tuple[str, ...], dict[str, str]]:
    """(status, recommended, states) as CONTRACT section 2 words it."""
    states = {option: state(plain, option, values) for option in OPTIONS}
    headline = [states[option] for option in HEADLINE]
    if "possible" in headline:
        group = [option for option in HEADLINE if states[option] == "possible"]
    elif "open" in headline:
        return "open", (), states
    else:
        group = [option for option in OPTIONS if states[option] == "possible"]
    if not group:
        return ("open" if "open" in states.values() else "none"), (), states
    weights = {option: weight(plain, option, values) for option in group}
    best = tuple(option for option in group if weights[option] == min(weights.values()))
    return ("tie" if len(best) > 1 else "recommended"), best, states


def conditions(question: str) -> st.SearchStrategy[Any]:
    values = st.sampled_from(VALUES[question])
    kinds = [
        values,
        st.lists(values, min_size=1, max_size=2, unique=True),
        st.tuples(st.sampled_from(["at_least", "at_most", "is_not"]), values).map(lambda pair: dict([pair])),
    ]
    if question == "rto":
        kinds.append(
            st.tuples(st.sampled_from(["above", "below"]), st.sampled_from(DURATIONS[1:-1])).map(
                lambda pair: dict([pair])
            )
        )
    return st.one_of(kinds)


@st.composite
def plain_rules(draw: st.DrawFn, effects: tuple[str, ...]) -> Plain:
    asked = draw(st.lists(st.sampled_from(sorted(VALUES)), min_size=1, max_size=3, unique=True))
    return Plain(
        effect=draw(st.sampled_from(effects)),
        options=tuple(sorted(draw(st.lists(st.sampled_from(OPTIONS), min_size=1, max_size=3, unique=True)))),
        when={question: draw(conditions(question)) for question in asked},
        criterion=draw(st.sampled_from(CRITERIA)),
        severity=draw(st.integers(1, 3)),
    )


@st.composite
def cases(
    draw: st.DrawFn, complete: bool = False, effects: tuple[str, ...] = ("exclude", "exclude", "concern")
) -> Case:
    plain = tuple(draw(st.lists(plain_rules(effects), min_size=1, max_size=9)))
    ruleset = rules.load({"random.toml": toml(plain)})
    values = {}
    for question in VALUES:
        if (complete and question in CORE) or draw(st.booleans()):
            values[question] = draw(st.sampled_from(VALUES[question]))
    return Case(plain, ruleset, values)
