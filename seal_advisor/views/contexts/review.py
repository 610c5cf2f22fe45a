"""The meeting view: the open points of a design, built from what is there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from seal_advisor.core.answers import Answers
from seal_advisor.core.documents import sentence
from seal_advisor.core.explain import Explanation
from seal_advisor.core.rules import Ruleset
from seal_advisor.models import Design
from seal_advisor.views import road
from seal_advisor.views.contexts import outcome
from seal_advisor.views.contexts.wording import Wording
from seal_advisor.views.words import Mark, counted


@dataclass(frozen=True, slots=True)
class Point:
    """One item of the agenda."""

    title: str
    href: str
    mark: Mark
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ReviewPage:
    design: road.DesignHead
    sentence: str
    lede: str
    points: tuple[Point, ...]


# Another package adds its own points (red controls) without being known here.
_sources: list[Callable[[Design], Sequence[Point]]] = []


def register(points: Callable[[Design], Sequence[Point]]) -> None:
    """Add a source of agenda points."""
    _sources.append(points)


def review_page(
    design: Design,
    *,
    ruleset: Ruleset,
    answers: Answers,
    explanation: Explanation,
) -> ReviewPage:
    words = Wording(ruleset, design)
    points = [*_clashes(explanation, words), *_unsure(answers, words), *_unanswered(explanation, words)]
    points += [point for source in _sources for point in source(design)]
    points += _warnings(explanation, words)
    return ReviewPage(
        design=road.head(design, current="review"),
        sentence=sentence(explanation),
        lede=f"{counted(len(points), 'open point')}, the ones that stop the decision first.",
        points=tuple(points),
    )


def _clashes(explanation: Explanation, words: Wording) -> list[Point]:
    mark = Mark("Contradiction", "octagon-x", "fail")
    found = (*outcome.contradictions(explanation, words), *outcome.conflicts(explanation, words))
    return [
        Point(" / ".join(quote.question for quote in one.quotes), one.quotes[0].href, mark, one.why) for one in found
    ]


def _unsure(answers: Answers, words: Wording) -> list[Point]:
    mark = Mark("Not sure", "circle-question-mark", "warn")
    return [
        Point(
            words.question(key),
            words.href(key),
            mark,
            " ".join(
                part
                for part in (f"Answered “{words.answer(key, answers.values.get(key))}”.", answers.notes.get(key, ""))
                if part
            ),
        )
        for key in sorted(answers.unsure)
    ]


def _unanswered(explanation: Explanation, words: Wording) -> list[Point]:
    """Open questions that can still change the result."""
    mark = Mark("Not answered", "circle-dashed", "accent")
    return [Point(words.question(key), words.href(key), mark) for key in explanation.still_open]


def _warnings(explanation: Explanation, words: Wording) -> list[Point]:
    mark = Mark("Warning", "triangle-alert", "warn")
    return [Point(item.why, words.href(next(iter(item.answers), "")), mark) for item in explanation.decision.warnings]
