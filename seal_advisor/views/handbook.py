"""Help with sources: what every question asks and why, what every option is, which rules speak about each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from seal_advisor.core.handbook import condition
from seal_advisor.core.rules import Rule
from seal_advisor.core.ruleset_types import Ruleset
from seal_advisor.rulesets import current_ruleset
from seal_advisor.views.contexts.wording import topic_title
from seal_advisor.views.words import Link, translated


@dataclass(frozen=True, slots=True)
class RuleSeen:
    """One rule. when: what must be answered for it to speak, in the ids of an answers file."""

    id: str
    why: str
    when: str
    source: Link
    read: str


@dataclass(frozen=True, slots=True)
class Answer:
    label: str
    help: str


@dataclass(frozen=True, slots=True)
class QuestionHelp:
    id: str
    text: str
    help: str
    topic: str
    answers: tuple[Answer, ...]
    rules: tuple[RuleSeen, ...]


@dataclass(frozen=True, slots=True)
class OptionHelp:
    id: str
    title: str
    summary: str
    rules: tuple[RuleSeen, ...]


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/help.html")


@require_safe
def questions(request: HttpRequest) -> HttpResponse:
    """Every question with its answers and the rules that ask it. Needs no account: it is the ruleset."""
    rules = current_ruleset()
    found = tuple(
        QuestionHelp(
            id=one.id,
            text=translated(one.text),
            help=translated(one.help),
            topic=topic_title(one.topic),
            answers=tuple(Answer(translated(value.label), translated(value.help)) for value in one.values),
            rules=_seen(rules, (rule for rule in rules.rules if one.id in rule.allows)),
        )
        for one in rules.questions
    )
    return render(request, "pages/help_questions.html", {"questions": found, "version": rules.version})


@require_safe
def options(request: HttpRequest) -> HttpResponse:
    """Every option with the rules that exclude it or speak against it."""
    rules = current_ruleset()
    found = tuple(
        OptionHelp(
            id=one.id,
            title=translated(one.title),
            summary=translated(one.summary),
            rules=_seen(rules, (rule for rule in rules.rules if one.id in rule.option_names)),
        )
        for one in rules.options
    )
    return render(request, "pages/help_options.html", {"options": found, "version": rules.version})


def _seen(ruleset: Ruleset, rules: Iterable[Rule]) -> tuple[RuleSeen, ...]:
    return tuple(
        RuleSeen(
            id=rule.id,
            why=translated(rule.why),
            when=condition(ruleset, rule).replace("`", ""),
            source=Link(rule.source.title, rule.source.address),
            read=f"{rule.source.read:%Y-%m-%d}",
        )
        for rule in rules
    )
