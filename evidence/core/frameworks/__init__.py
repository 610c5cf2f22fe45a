"""Frameworks: which requirement of which standard each control speaks to, and what the verdicts say about each.

One TOML file a framework: id, title, source, [requirements] (id -> what it is about), [[mapping]] (control, ids, and
conditions under which an id applies at all). `texts()` reads the package's own data; the rest is pure.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from evidence.core.controls import CONTROLS, place
from evidence.core.results import Result, Verdict
from seal_advisor.core.record import Record

# The worst verdict speaks for a requirement; what does not apply says nothing about it.
WORST_FIRST = (
    Verdict.FAIL,
    Verdict.CANNOT_DECIDE,
    Verdict.NOT_PROVEN,
    Verdict.STALE,
    Verdict.WARN,
    Verdict.WAIVED,
    Verdict.ATTESTED,
    Verdict.PASS,
    Verdict.NOT_APPLICABLE,
)


class FrameworkError(Exception):
    """A framework's file is wrong; the message names file and entry."""


class Requirement(Record):
    """One id of a standard. about: what it is about, in few words."""

    id: str
    about: str


class Link(Record):
    """A control speaks to a requirement. condition: when the requirement applies at all, "" = always."""

    control: str
    requirement: str
    condition: str = ""


class Framework(Record):
    """One standard with its requirements, in the file's order, and the links of our controls."""

    id: str
    title: str
    source: str
    note: str
    requirements: tuple[Requirement, ...]
    links: tuple[Link, ...]

    def of(self, control: str) -> tuple[Link, ...]:
        """What one control speaks to."""
        return tuple(link for link in self.links if link.control == control)


class Row(Record):
    """What the results say about one requirement. verdict: the worst of its controls, None when none was judged."""

    requirement: Requirement
    verdict: Verdict | None
    controls: tuple[str, ...]
    conditions: tuple[str, ...]


def texts() -> dict[str, str]:
    """File name -> TOML text of every framework in this folder."""
    return {
        entry.name: entry.read_text(encoding="utf-8")
        for entry in sorted(files(__name__).iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".toml")
    }


def load(documents: Mapping[str, str]) -> tuple[Framework, ...]:
    """The frameworks of these texts. Raises FrameworkError for an unknown control, requirement or a double entry."""
    loaded = tuple(_framework(name, text) for name, text in documents.items())
    ids = [framework.id for framework in loaded]
    if len(set(ids)) < len(ids):
        raise FrameworkError(f"two files have one id: {', '.join(sorted(ids))}")
    return loaded


@cache
def current() -> tuple[Framework, ...]:
    """The frameworks of this release."""
    return load(texts())


def rows(framework: Framework, results: Iterable[Result]) -> tuple[Row, ...]:
    """One row per requirement in the file's order; the worst verdict of its controls speaks."""
    verdicts = {result.control: result.verdict for result in results}
    found = []
    for requirement in framework.requirements:
        links = [link for link in framework.links if link.requirement == requirement.id]
        judged = [verdicts[link.control] for link in links if link.control in verdicts]
        found.append(
            Row(
                requirement=requirement,
                verdict=min(judged, key=WORST_FIRST.index, default=None),
                controls=tuple(sorted((link.control for link in links), key=place)),
                conditions=tuple(dict.fromkeys(link.condition for link in links if link.condition)),
            )
        )
    return tuple(found)


def _framework(name: str, text: str) -> Framework:
    try:
        document: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FrameworkError(f"{name}: {error}") from None
    lost = [key for key in ("id", "title", "source", "requirements", "mapping") if key not in document]
    if lost:
        raise FrameworkError(f"{name}: {', '.join(lost)} missing")
    requirements = tuple(Requirement(key, about) for key, about in document["requirements"].items())
    links = tuple(link for entry in document["mapping"] for link in _links(name, entry, document["requirements"]))
    pairs = [(link.control, link.requirement) for link in links]
    if len(set(pairs)) < len(pairs):
        raise FrameworkError(f"{name}: a control names a requirement twice")
    return Framework(
        document["id"], document["title"], document["source"], document.get("note", ""), requirements, links
    )


def _links(name: str, entry: Mapping[str, Any], requirements: Mapping[str, str]) -> list[Link]:
    control = entry["control"]
    if control not in {known.ID for known in CONTROLS}:
        raise FrameworkError(f"{name}: no control {control!r}")
    conditions = entry.get("conditions", {})
    for wanted in (*entry["ids"], *conditions):
        if wanted not in requirements:
            raise FrameworkError(f"{name}: {control} names {wanted!r}, which [requirements] does not list")
    return [Link(control, wanted, conditions.get(wanted, "")) for wanted in entry["ids"]]
