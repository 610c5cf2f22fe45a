"""The ruleset as a page to read: `docs/rules.md`. What is asked, what each rule says, where it was read.

The page is made from the ruleset alone, so it cannot drift from it; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterator

from seal_advisor.core.ruleset_types import Question, Rule, Ruleset

EFFECTS = {
    "exclude": "excludes",
    "concern": "speaks against",
    "oblige": "obliges, with",
    "warn": "warns, with",
    "inconsistent": "finds a contradiction",
    "note": "notes, with",
}


def page(ruleset: Ruleset) -> str:
    """The whole ruleset as Markdown, in the order of the files."""
    return "\n".join([*_head(ruleset), *_questions(ruleset), *_settings(ruleset), *_rules(ruleset), *_sources(ruleset)])


def condition(ruleset: Ruleset, rule: Rule) -> str:
    """What must be answered for the rule to speak, in the ids of an answers file: `hsm: single; rto: below PT4H`."""
    if rule.outcome:
        return f"the outcome is {rule.outcome}"
    parts = [_allowed(ruleset.by_id[id_], bits) for id_, bits in rule.allows.items()]
    return "; ".join(parts) or "always"


def _allowed(question: Question, bits: int) -> str:
    if question.kind == "choice":
        return f"`{question.id}`: " + " or ".join(f"`{value}`" for value in question.spoken(bits))
    ranges = [
        " and ".join(f"{operator.replace('_', ' ')} `{bound}`" for operator, bound in span.items())
        for span in question.ranges(bits)
    ]
    return f"`{question.id}`: " + " or ".join(ranges)


def _head(ruleset: Ruleset) -> Iterator[str]:
    yield f"# The rules, version {ruleset.version}"
    yield ""
    yield "Made from `seal_advisor/core/ruleset/`; do not edit. A rule speaks when all of its conditions are met."
    yield "What a rule states is its source's; how much it weighs against an option (1 to 3) is our judgement."
    yield ""


def _questions(ruleset: Ruleset) -> Iterator[str]:
    for title, core in (("Questions", True), ("Refinements: they may stay open", False)):
        yield f"## {title}"
        yield ""
        yield "| id | question | values |"
        yield "|---|---|---|"
        for question in ruleset.questions:
            if question.core == core:
                values = ", ".join(f"`{value.id}`" for value in question.values) or f"a {question.kind}"
                yield f"| `{question.id}` | {question.text} | {values} |"
        yield ""


def _settings(ruleset: Ruleset) -> Iterator[str]:
    yield "## Thresholds that are ours"
    yield ""
    yield "| setting | value | why |"
    yield "|---|---|---|"
    for setting in ruleset.settings.values():
        yield f"| `{setting.id}` | `{setting.value}` | {setting.why} |"
    yield ""


def _rules(ruleset: Ruleset) -> Iterator[str]:
    for file in dict.fromkeys(rule.file for rule in ruleset.rules):
        yield f"## {file.removeprefix('rules_').removesuffix('.toml').capitalize()}"
        yield ""
        yield "| rule | when | effect | why | source |"
        yield "|---|---|---|---|---|"
        for rule in sorted((rule for rule in ruleset.rules if rule.file == file), key=lambda rule: rule.id):
            source = f"[{rule.source.title}]({rule.source.address})"
            yield f"| {rule.id} | {condition(ruleset, rule)} | {_effect(ruleset, rule)} | {rule.why} | {source} |"
        yield ""


def _effect(ruleset: Ruleset, rule: Rule) -> str:
    options = ", ".join(f"`{ruleset.options[index].id}`" for index in rule.options)
    said = EFFECTS[rule.effect] if options else EFFECTS[rule.effect].removesuffix(", with")
    more = f" ({rule.criterion}, {rule.severity} of 3)" if rule.effect == "concern" else ""
    checked = f"; checked by {', '.join(rule.controls)}" if rule.controls else ""
    reason = f"; as {rule.follows} does already" if rule.follows else ""
    return f"{said} {options}{more}{checked}{reason}".strip()


def _sources(ruleset: Ruleset) -> Iterator[str]:
    yield "## Sources"
    yield ""
    for source in ruleset.sources.values():
        yield f"- [{source.title}]({source.address}), read on {source.read.isoformat()}"
    yield ""
