"""An explained decision, said in words: options with their reasons, conflicts, the next question."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from seal_advisor.core.explain import Explanation
from seal_advisor.core.rules import OptionOutcome, Source
from seal_advisor.views.contexts.wording import Wording
from seal_advisor.views.words import OPTION_MARKS, Link, Mark, counted, translated

REASONS_SHOWN = 4
CHANGES_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Quote:
    """The user's own answer, quoted with its question."""

    question: str
    answer: str
    href: str


@dataclass(frozen=True, slots=True)
class Reason:
    """One sentence of the ruleset with its rule, its source and the answers that it rests on."""

    why: str
    rule: str
    source: Link
    quotes: tuple[Quote, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One answer that would have to change. to: the answers that would do, in words."""

    question: str
    href: str
    to: str


@dataclass(frozen=True, slots=True)
class OptionSeen:
    """An option with its state, at most four reasons, and what would have to change.

    change: the smallest way to admit it; other_changes: further minimal ways, behind the line other_ways.
    waits: the questions that an open option waits for.
    """

    id: str
    title: str
    state: str
    mark: Mark
    reasons: tuple[Reason, ...]
    more_reasons: str
    change: tuple[Step, ...]
    other_changes: tuple[tuple[Step, ...], ...]
    other_ways: str
    waits: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Answers that cannot all stand. why: the rule's sentence, "" for a minimal set found by the engine."""

    quotes: tuple[Quote, ...]
    why: str = ""


def reason(why: str, rule: str, source: Source, answers: Mapping[str, str], words: Wording) -> Reason:
    where = Link(
        _("%(title)s (read %(read)s)") % {"title": source.title, "read": f"{source.read:%Y-%m-%d}"}, source.address
    )
    return Reason(translated(why), rule, where, quotes(answers, answers, words))


def quotes(keys: Iterable[str], answers: Mapping[str, str | None], words: Wording) -> tuple[Quote, ...]:
    """The answers to these questions, as the user gave them."""
    return tuple(Quote(words.question(key), words.answer(key, answers.get(key)), words.href(key)) for key in keys)


def options(explanation: Explanation, words: Wording) -> tuple[OptionSeen, ...]:
    """Every option, the best state first, the ruleset's order within a state."""
    rank = list(OPTION_MARKS)
    seen = [_option(option, explanation, words) for option in explanation.decision.options]
    return tuple(sorted(seen, key=lambda item: rank.index(item.state)))


def _option(option: OptionOutcome, explanation: Explanation, words: Wording) -> OptionSeen:
    told = [*option.reasons, *(() if option.state == "excluded" else option.concerns)]
    hidden = max(0, len(told) - REASONS_SHOWN)
    changes = sorted(explanation.changes[option.id] if option.state == "excluded" else (), key=lambda c: len(c.answers))
    ways = [tuple(Step(link.text, link.href, to) for link, to in words.change(one)) for one in changes[:CHANGES_SHOWN]]
    return OptionSeen(
        id=option.id,
        title=translated(option.title),
        state=option.state,
        mark=OPTION_MARKS[option.state],
        reasons=tuple(reason(item.why, item.rule, item.source, item.answers, words) for item in told[:REASONS_SHOWN]),
        more_reasons=_("And %(counted)s.") % {"counted": counted(hidden, "more reason")} if hidden else "",
        change=ways[0] if ways else (),
        other_changes=tuple(ways[1:]),
        other_ways=_("Or %(ways)s") % {"ways": counted(len(ways) - 1, "other way")},
        waits=tuple(words.link(key) for key in option.waiting_for) if option.state == "open" else (),
    )


def contradictions(explanation: Explanation, words: Wording) -> tuple[Conflict, ...]:
    """Answers that cannot both be true."""
    return tuple(
        Conflict(quotes(item.answers, item.answers, words), translated(item.why))
        for item in explanation.decision.contradictions
    )


def conflicts(explanation: Explanation, words: Wording) -> tuple[Conflict, ...]:
    """Minimal sets of answers that leave no option."""
    given = explanation.decision.answers.values
    return tuple(Conflict(quotes(group, given, words)) for group in explanation.conflicts)


def next_question(explanation: Explanation, words: Wording) -> Link | None:
    key = explanation.next_question
    return words.link(key) if key else None


def clashing(explanation: Explanation) -> set[str]:
    """Every question that stands in a contradiction or a conflict."""
    said = {key for item in explanation.decision.contradictions for key in item.answers}
    return said | {key for group in explanation.conflicts for key in group}
