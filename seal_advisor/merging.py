"""Two browsers, one design: what the second form did not touch stays as the first one left it.

A whole form posts every question, also those that its reader never looked at. Held against the version that the form
was made from, each posted answer is either untouched (the newer one stays), changed here only (it is taken), or changed
in both places by different people (the newer one stays, and the reader is told).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seal_advisor.access import Actor
from seal_advisor.models import AnswerChange, Design

Parts = dict[str, dict[str, Any]]


def merged(
    design: Design, said: Mapping[str, Any], *, seen: int, actor: Actor
) -> tuple[dict[str, Any], dict[str, str]]:
    """The document to store, and per question the name of the person whose newer answer was kept.

    said: the whole form as an answers document. seen: the version of the draft that the form showed.
    """
    mine = _parts(said)
    kept: dict[str, str] = {}
    now = _parts(design.answers)
    for (part, question), (before, changed_by) in _since(design, seen).items():
        theirs = now[part].get(question)
        posted = mine[part].get(question)
        if posted == theirs:
            continue
        untouched = posted == before
        if untouched or changed_by != actor.user.get_username():
            mine[part][question] = theirs
        if not untouched and changed_by != actor.user.get_username():
            kept[question] = changed_by
    return {
        "answers": mine["answers"],
        "unsure": sorted(question for question, flag in mine["unsure"].items() if flag),
        "notes": {question: note for question, note in mine["notes"].items() if note},
    }, kept


def _since(design: Design, seen: int) -> dict[tuple[str, str], tuple[Any, str]]:
    """(part, question) -> (its value at `seen`, who changed it last), for all that changed after `seen`."""
    found: dict[tuple[str, str], tuple[Any, str]] = {}
    changes = AnswerChange.objects.filter(design=design, version__gt=seen).select_related("user").order_by("id")
    for change in changes:
        before, _ = found.get((change.part, change.question), (change.before, ""))
        found[change.part, change.question] = before, change.user.get_username()
    return found


def _parts(document: Mapping[str, Any]) -> Parts:
    return {
        "answers": dict(document.get("answers", {})),
        "unsure": dict.fromkeys(document.get("unsure", []), True),
        "notes": dict(document.get("notes", {})),
    }
