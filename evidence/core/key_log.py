"""What the logs of key stores have in common: counts by action, the noteworthy events, time range, principals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from evidence.core.facts import KeyEvent, KeyStoreLogFacts

LISTED = 2000
ROUTINE = frozenset({"encrypt", "decrypt", "wrap", "unwrap", "other"})
Json = Mapping[str, object]


@dataclass(slots=True)
class KeyLog:
    """Takes event after event; only what is not routine, or failed, is listed."""

    format: str
    reason: str
    records: int = 0
    first: datetime | None = None
    last: datetime | None = None
    counts: Counter[str] = field(default_factory=Counter)
    events: list[KeyEvent] = field(default_factory=list)
    principals: set[str] = field(default_factory=set)
    bad: list[tuple[int, int]] = field(default_factory=list)

    def note(self, event: KeyEvent) -> None:
        self.records += 1
        self.counts[event.action] += 1
        if event.principal and len(self.principals) < LISTED:
            self.principals.add(event.principal)
        if event.at:
            self.first = min(self.first or event.at, event.at)
            self.last = max(self.last or event.at, event.at)
        if (event.action not in ROUTINE or event.ok is False) and len(self.events) < LISTED:
            self.events.append(event)

    def facts(self) -> KeyStoreLogFacts:
        """The facts of a cloud service's log: nothing in it is numbered, nothing signed."""
        return KeyStoreLogFacts(
            format=self.format,
            records=self.records,
            first=self.first,
            last=self.last,
            counts=dict(sorted(self.counts.items())),
            gaps=(),
            numbered=False,
            integrity="not_checkable",
            integrity_reason=self.reason,
            events=tuple(self.events),
            principals=tuple(sorted(self.principals)),
            bad_lines=tuple(self.bad[:LISTED]),
            inconclusive="" if self.records else "no event of a key in it",
        )


def inner(value: object, *path: str) -> object:
    """What stands at a path of keys; None when any of them is missing."""
    for key in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value


def text(value: object, *path: str) -> str | None:
    """The text at a path of keys; None when there is none."""
    found = inner(value, *path)
    return found if isinstance(found, str) and found else None
