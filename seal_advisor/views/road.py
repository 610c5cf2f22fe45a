"""The steps of a design, and what each says about itself at a glance.

The step of another package joins the road by `register`; this module knows none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from seal_advisor import revisions, rulesets
from seal_advisor.models import Design, Reevaluation
from seal_advisor.views.contexts import house_rules


@dataclass(frozen=True, slots=True)
class State:
    """What a step says of one design. tone: "pass", "fail" or "" (neutral)."""

    text: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the road. states: the state of each design, in a number of queries that does not grow with them."""

    key: str
    title: str
    route: str
    place: int
    states: Callable[[Sequence[Design]], Mapping[UUID, State]]


@dataclass(frozen=True, slots=True)
class StepSeen:
    """A step as the page shows it."""

    key: str
    title: str
    href: str
    text: str
    tone: str
    current: bool


@dataclass(frozen=True, slots=True)
class Flag:
    """Why somebody should look at this design again. href: the revision that it is about."""

    text: str
    sentence: str
    rules: str
    href: str


@dataclass(frozen=True, slots=True)
class DesignHead:
    """The head of every page of a design.

    flag: what the present rules make of its newest revision, if that differs. house: the house rules under which it is
    decided, where they are weaker than the released ones anywhere: no page may be without that.
    """

    id: UUID
    name: str
    steps: tuple[StepSeen, ...]
    flag: Flag | None = None
    house: house_rules.HouseSeen | None = None
    house_href: str = ""


_steps: dict[str, Step] = {}


def register(step: Step) -> None:
    """Put a step on the road; a second one with the same key is an error."""
    if step.key in _steps:
        raise ValueError(f"the road has a step {step.key!r} already")
    _steps[step.key] = step


def heads(designs: Sequence[Design], *, current: str = "", only: Sequence[str] = ()) -> list[DesignHead]:
    """The heads of these designs, in order. only: keys of the steps to ask, where the others would cost too much."""
    road = sorted((step for step in _steps.values() if not only or step.key in only), key=lambda step: step.place)
    states = {step.key: step.states(designs) for step in road}
    flags = {} if only else revisions.flags(designs)
    return [
        DesignHead(
            id=design.pk,
            name=design.title,
            steps=tuple(
                StepSeen(
                    key=step.key,
                    title=step.title,
                    href=reverse(step.route, args=[design.pk]),
                    text=states[step.key][design.pk].text,
                    tone=states[step.key][design.pk].tone,
                    current=step.key == current,
                )
                for step in road
            ),
            flag=_flag(flags[design.pk], design) if design.pk in flags else None,
            house=house_rules.weaker(rulesets.ruleset_of(design.organisation).house),
            house_href=reverse("house-rules", args=[design.organisation_id]),
        )
        for design in designs
    ]


def head(design: Design, *, current: str = "", only: Sequence[str] = ()) -> DesignHead:
    """The head of one design; current: the key of the step that is shown."""
    return heads([design], current=current, only=only)[0]


def _flag(found: Reevaluation, design: Design) -> Flag:
    number = found.revision.number
    broken = found.outcome == Reevaluation.Outcome.BROKEN
    return Flag(
        text=_("Revision %(number)s is not whole") % {"number": number}
        if broken
        else _("%(spoken)s decides otherwise than revision %(number)s")
        % {"spoken": rulesets.spoken(rulesets.ruleset_of(design.organisation)), "number": number},
        sentence=found.sentence,
        rules=", ".join(dict.fromkeys(str(cause["rule"]) for cause in found.causes)),
        href=reverse("revision", args=[found.revision.design_id, number]),
    )
