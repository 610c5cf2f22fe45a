"""Checked tables -> bits: the fields of the questions, the boxes of the rules, the prime boxes of each option."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from seal_advisor.core import boxes, words
from seal_advisor.core.conditions import Condition, Draft
from seal_advisor.core.ruleset_types import (
    CRITERIA,
    Migration,
    Option,
    Question,
    Rule,
    Ruleset,
    RulesetError,
    Setting,
    Source,
)

Pairs = tuple[tuple[int, int], ...]
RANK_BITS = 3 * len(CRITERIA)  # of each option's weights: severity in unary, 3 bits a criterion


def questions(drafts: Sequence[Draft], cuts: Mapping[str, Sequence[int]]) -> tuple[Question, ...]:
    """Deals out the bits, in the order of the questions."""
    made, offset = [], 0
    for draft in drafts:
        starts = tuple(cuts.get(draft.id, ()))
        count = len(draft.values) or len(starts) or 1
        extra = not draft.core and draft.absent is None
        field = ((1 << (count + extra)) - 1) << offset
        if draft.core:
            unanswered = field
        elif draft.absent is not None:
            unanswered = 1 << offset + [value.id for value in draft.values].index(draft.absent)
        else:
            unanswered = 1 << offset + count
        made.append(
            Question(
                id=draft.id,
                text=draft.text,
                help=draft.help,
                topic=draft.topic,
                kind=draft.kind,
                ordered=draft.ordered,
                core=draft.core,
                values=draft.values,
                absent=draft.absent,
                starts=starts,
                field=field,
                value_bits=tuple(1 << offset + place for place in range(count)),
                unanswered=unanswered,
            )
        )
        offset += count + extra
    return tuple(made)


def ruleset(
    *,
    version: str,
    sha256: str,
    files: Mapping[str, str],
    questions: tuple[Question, ...],
    options: tuple[Option, ...],
    sources: Mapping[str, Source],
    settings: Mapping[str, Setting],
    rules: Mapping[str, tuple[str, Mapping[str, Any]]],
    conditions: Mapping[str, Mapping[str, Condition]],
    migrations: tuple[Migration, ...],
) -> Ruleset:
    """Puts the parts together. Raises RulesetError for a condition, a `follows` or a migration that cannot be."""
    by_id = {question.id: question for question in questions}
    made = boxed(rules, conditions, questions, options, sources)
    for rule in made:
        if rule.follows:
            words.known(rule.follows, rules, f"{rule.file}: rule {rule.id}: follows: no rule", RulesetError)
    _check_migrations(migrations, by_id)
    everything = sum(question.field for question in questions)
    exclusions = tuple((rule.forbids, rule.option_bits) for rule in made if rule.effect == "exclude")
    concerns = tuple((rule.forbids, weights_of(rule)) for rule in made if rule.effect == "concern")
    primes, joint = _primes(made, questions, len(options), everything)
    return Ruleset(
        version=version,
        sha256=sha256,
        files=files,
        questions=questions,
        by_id=by_id,
        options=options,
        rules=made,
        sources=sources,
        settings=settings,
        migrations=migrations,
        everything=everything,
        bits={
            question.id: {
                value.id: (~question.field, bit)
                for value, bit in zip(question.values, question.value_bits, strict=True)
            }
            for question in questions
            if question.kind == "choice"
        },
        blank=sum(question.unanswered for question in questions),
        settled=sum(question.unanswered for question in questions if not question.core),
        all_options=(1 << len(options)) - 1,
        headline=sum(1 << index for index, option in enumerate(options) if option.headline),
        exclusions=exclusions,
        joint=joint,
        concerns=concerns,
        about={question.id: _about(question, exclusions, concerns) for question in questions},
        touched=_touched(made, questions),
        primes=primes,
    )


def boxed(
    rules: Mapping[str, tuple[str, Mapping[str, Any]]],
    conditions: Mapping[str, Mapping[str, Condition]],
    questions: tuple[Question, ...],
    options: tuple[Option, ...],
    sources: Mapping[str, Source],
) -> tuple[Rule, ...]:
    """The rules as boxes on the bits of the questions. Raises RulesetError for a condition that cannot be met."""
    by_id = {question.id: question for question in questions}
    places = {option.id: index for index, option in enumerate(options)}
    return tuple(
        _rule(f"{file}: rule {name}", file, name, table, conditions[name], by_id, places, sources)
        for name, (file, table) in rules.items()
    )


def _rule(
    where: str,
    file: str,
    name: str,
    table: Mapping[str, Any],
    conditions: Mapping[str, Condition],
    by_id: Mapping[str, Question],
    places: Mapping[str, int],
    sources: Mapping[str, Source],
) -> Rule:
    allows = {}
    for question, condition in conditions.items():
        allows[question] = _allowed(by_id[question], condition)
        if not allows[question]:
            raise RulesetError(f"{where}: when.{question}: no value can meet this condition")
    indexes = tuple(sorted(places[option] for option in table.get("options", ())))
    names = list(places)
    return Rule(
        id=name,
        effect=table["effect"],
        options=indexes,
        option_bits=sum(1 << index for index in indexes),
        option_names=tuple(names[index] for index in indexes),
        allows=allows,
        forbids=sum(by_id[question].field & ~bits for question, bits in allows.items()),
        outcome=table.get("outcome", ""),
        criterion=table.get("criterion", ""),
        severity=table.get("severity", 0),
        why=table["why"].strip(),
        source=sources[table["source"]],
        controls=tuple(table.get("controls", ())),
        follows=table.get("follows", ""),
        file=file,
    )


def _about(question: Question, exclusions: Pairs, concerns: Pairs) -> tuple[Pairs, Pairs]:
    """The pairs that ask the question."""
    asking = tuple(pair for pair in exclusions if pair[0] & question.field)
    return asking, tuple(pair for pair in concerns if pair[0] & question.field)


def _touched(rules: tuple[Rule, ...], asked: tuple[Question, ...]) -> int:
    named = {question for rule in rules if rule.effect in ("exclude", "concern") for question in rule.allows}
    return sum(question.field for question in asked if question.id in named)


def _allowed(question: Question, condition: Condition) -> int:
    numbers = question.starts or range(len(question.values))
    allowed = sum(bit for number, bit in zip(numbers, question.value_bits, strict=True) if condition.allows(number))
    if condition.or_unanswered:
        allowed |= question.unanswered
    return allowed


def weights_of(rule: Rule) -> int:
    """The rule's severity in unary at its criterion, for each of its options."""
    place = 3 * (len(CRITERIA) - 1 - CRITERIA.index(rule.criterion))
    weight = ((1 << rule.severity) - 1) << place
    return sum(weight << RANK_BITS * index for index in rule.options)


def _primes(
    rules: tuple[Rule, ...], asked: tuple[Question, ...], options: int, everything: int
) -> tuple[tuple[Pairs, ...], Pairs]:
    """(`Ruleset.primes`, `Ruleset.joint`)."""
    fields = tuple(question.field for question in asked)
    primes: list[Pairs] = []
    joint: dict[int, int] = {}
    for index in range(options):
        single = [everything & ~rule.forbids for rule in rules if rule.effect == "exclude" and index in rule.options]
        found = boxes.primes(single, fields)
        primes.append(tuple((everything & ~box, _mentioned(box, fields)) for box in found))
        for box in found:
            if not any(boxes.holds(one, box) for one in single):
                forbids = everything & ~box
                joint[forbids] = joint.get(forbids, 0) | 1 << index
    return tuple(primes), tuple(joint.items())


def _mentioned(box: int, fields: Sequence[int]) -> int:
    """The questions that the box sets a condition on, as bits of their index."""
    return sum(1 << index for index, field in enumerate(fields) if field & ~box)


def _check_migrations(migrations: tuple[Migration, ...], by_id: Mapping[str, Question]) -> None:
    for one in migrations:
        where = f"migrate {one.from_version} {one.question}"
        if one.to_question in by_id:
            ids = [value.id for value in by_id[one.to_question].values]
            for value in one.values.values():
                words.known(value, ids, f"{where}: no value", RulesetError)
        elif one.to_question != one.question:
            words.known(one.to_question, by_id, f"{where}: no question", RulesetError)
