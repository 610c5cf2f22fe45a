"""Two decisions side by side: what differs in the result, and which rules did it.

Both are documents of `decide --format json`; what is compared may come from two rulesets or from two sets of answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seal_advisor.core.record import Record

Document = Mapping[str, Any]
KINDS = {  # what a rule does to an option: said where only the new decision has it, where only the old one had it
    "reasons": ("now excludes", "no longer excludes"),
    "concerns": ("now weighs against", "no longer weighs against"),
}


class StateChange(Record):
    """An option whose state differs; None = the other ruleset does not have it."""

    option: str
    title: str
    before: str | None
    after: str | None


class Cause(Record):
    """A rule that speaks in one of the two decisions only. effect: one of the words of KINDS."""

    rule: str
    effect: str
    option: str
    title: str
    why: str


class Difference(Record):
    """changed: status or recommendation differ. causes: empty when the result is the same."""

    changed: bool
    states: tuple[StateChange, ...]
    causes: tuple[Cause, ...]


def difference(before: Document, after: Document) -> Difference:
    """What became of the first decision in the second."""
    old = {one["id"]: one for one in before["options"]}
    new = {one["id"]: one for one in after["options"]}
    changed = (before["status"], before["recommended"]) != (after["status"], after["recommended"])
    states = []
    for key in dict.fromkeys((*old, *new)):
        was, now = (options[key]["state"] if key in options else None for options in (old, new))
        if was != now:
            states.append(StateChange(key, new.get(key, old.get(key, {}))["title"], was, now))
    causes = _causes(old, new) if changed else ()
    return Difference(changed, tuple(states), causes)


def answers(left: Mapping[str, str | None], right: Mapping[str, str | None]) -> dict[str, tuple[str | None, ...]]:
    """Question -> both answers, where they differ; None = not answered.

    >>> answers({"hsm": "none", "dr": None}, {"hsm": "single"})
    {'hsm': ('none', 'single')}
    """
    keys = dict.fromkeys((*left, *right))
    return {key: (left.get(key), right.get(key)) for key in keys if left.get(key) != right.get(key)}


def _causes(old: Mapping[str, Document], new: Mapping[str, Document]) -> tuple[Cause, ...]:
    """Rules about the options whose fate is no longer the same; a concern about an excluded option decided nothing."""
    found = []
    for key in dict.fromkeys((*old, *new)):
        was, now = old.get(key), new.get(key)
        title = (now or was or {})["title"]
        for kind, (appears, disappears) in KINDS.items():
            if kind == "concerns" and "excluded" in (_state(was), _state(now)):
                continue
            before = {_identity(one): one for one in (was or {}).get(kind, ())}
            after = {_identity(one): one for one in (now or {}).get(kind, ())}
            if kind == "reasons" and before and after:
                continue  # excluded before and after, if for another reason
            found += [
                Cause(after[one]["rule"], appears, key, title, after[one]["why"]) for one in after if one not in before
            ]
            found += [
                Cause(before[one]["rule"], disappears, key, title, before[one]["why"])
                for one in before
                if one not in after
            ]
    return tuple(found)


def _state(option: Document | None) -> str:
    return str(option["state"]) if option else ""


def _identity(one: Document) -> tuple[Any, ...]:
    """A rule is the same as long as it weighs the same: its words may be put better."""
    return one["rule"], one.get("criterion"), one.get("severity")
