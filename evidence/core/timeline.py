"""Seals, unseals and what the HSM or KMS saw, in one order of time.

    events(evidence) -> the happenings;  svg(events) -> the same as a drawing

Three lanes: the server's own log, the seal operations in its audit log, the key store's log. A time is as the log gives
it; how far the clocks of two logs agree is control C-AU-05's question.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from evidence.core.facts import AuditLogFacts, Evidence, KeyStoreLogFacts, ServerLogFacts
from evidence.core.signatures import SIGNATURES
from seal_advisor.core import drawing
from seal_advisor.core.record import Record

SERVER, AUDIT, STORE = "Server", "Audit", "Key store"
LANES = (SERVER, AUDIT, STORE)
MEANINGS = {one.id: one.meaning for one in SIGNATURES}
STATES = {"started": "started", "unsealed": "unsealed", "sealed": "sealed", "fips_build": "FIPS build"}
# Everyday use of the key says nothing by itself; these are what a reader looks for beside a seal or unseal.
EVERYDAY = frozenset({"encrypt", "wrap", "other"})
GOOD = frozenset({"unsealed", "started"})
BAD = frozenset({"sealed", "login_failed", "destroy", "disable", "schedule_deletion"})

LEFT, RIGHT, TOP, LANE = 84.0, 618.0, 30.0, 44.0


class Happening(Record):
    """One event. lane: one of LANES. node: as declared, or "". tone: "good", "bad" or "plain"."""

    at: datetime
    lane: str
    what: str
    node: str
    path: str
    line: int | None
    tone: str = "plain"


def events(evidence: Evidence) -> tuple[Happening, ...]:
    """Every dated event that matters, oldest first; what has no date cannot stand on a line of time."""
    return tuple(sorted(_all(evidence), key=lambda one: (one.at, LANES.index(one.lane), one.path, one.line or 0)))


def _all(evidence: Evidence) -> Iterator[Happening]:
    for artefact, log in evidence.of(ServerLogFacts):
        plain = {line for code, line, _ in log.events if code in STATES}
        for code, line, at in log.events:
            # A line that says "unsealed" in plain words shows a general signature too, which adds nothing.
            if at is not None and (code in STATES or line not in plain):
                what = STATES.get(code) or MEANINGS.get(code, code)
                tone = "good" if code in GOOD else "bad" if code in BAD else "plain"
                yield Happening(at, SERVER, what, artefact.node or "", artefact.name, line, tone)
    for artefact, audit in evidence.of(AuditLogFacts):
        for operation, line, at in audit.seal_operations:
            if at is not None:
                yield Happening(at, AUDIT, operation, artefact.node or "", artefact.name, line)
    for artefact, store in evidence.of(KeyStoreLogFacts):
        for event in store.events:
            if event.at is not None and event.action not in EVERYDAY:
                what = event.action.replace("_", " ") + (f" by {event.principal}" if event.principal else "")
                tone = "bad" if event.action in BAD or event.ok is False else "plain"
                yield Happening(event.at, STORE, what, artefact.node or "", artefact.name, event.line, tone)


def svg(happenings: Sequence[Happening]) -> str:
    """Three lanes over the time from the first to the last; the description says how many of what."""
    first, last = (happenings[0].at, happenings[-1].at) if happenings else (None, None)
    parts = [_lanes()]
    drawn: set[tuple[str, float, str]] = set()
    for one in happenings:
        share = (one.at - happenings[0].at) / (happenings[-1].at - happenings[0].at) if first != last else 0.5
        mark = (one.lane, round(LEFT + (RIGHT - LEFT) * share, 0), one.tone)
        if mark not in drawn:  # a thousand logins in one second are one mark; the table has each
            drawn.add(mark)
            parts.append(_mark(*mark))
    floor = TOP + len(LANES) * LANE
    if first is not None and last is not None:
        parts.append(drawing.words(LEFT, floor + 16, [f"{first:%Y-%m-%d %H:%M} UTC"], size=12))
        if first != last:
            parts.append(drawing.words(RIGHT, floor + 16, [f"{last:%Y-%m-%d %H:%M} UTC"], anchor="end", size=12))
    return drawing.picture("Seals, unseals and events of the key store", summary(happenings), floor + 26, parts)


def summary(happenings: Sequence[Happening]) -> str:
    """How many of what, lane by lane, in words."""
    if not happenings:
        return "No dated event: no log with a seal, an unseal or an event of a key store was given."
    counts: dict[tuple[str, str], int] = {}
    for one in happenings:
        counts[one.lane, one.what] = counts.get((one.lane, one.what), 0) + 1
    said = "; ".join(f"{lane}: {number} x {what}" for (lane, what), number in sorted(counts.items())[:40])
    first, last = happenings[0].at, happenings[-1].at
    return f"{len(happenings)} events from {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC. {said}."


def _lanes() -> str:
    line = "var(--diagram-region-line, #b9bbc6)"
    parts = []
    for index, lane in enumerate(LANES):
        y = TOP + index * LANE + LANE / 2
        parts.append(drawing.words(LEFT - 10, y + 5, [lane], anchor="end"))
        parts.append(f'<path d="M{LEFT:g} {y:g}H{RIGHT:g}" stroke="{line}" stroke-width="1" fill="none"/>')
    return "".join(parts)


def _mark(lane: str, x: float, tone: str) -> str:
    """Shape and colour both say the tone: a circle for good, a cross for bad, a bar for all else."""
    y = TOP + LANES.index(lane) * LANE + LANE / 2
    if tone == "good":
        return f'<circle class="good" cx="{x:g}" cy="{y:g}" r="5" fill="var(--diagram-good-line, #2b9a66)"/>'
    if tone == "bad":
        colour = "var(--diagram-bad-line, #ce2c31)"
        path = f"M{x - 5:g} {y - 5:g}L{x + 5:g} {y + 5:g}M{x + 5:g} {y - 5:g}L{x - 5:g} {y + 5:g}"
        return f'<path class="bad" d="{path}" stroke="{colour}" stroke-width="2.5" fill="none"/>'
    return f'<path class="plain" d="M{x:g} {y - 8:g}V{y + 8:g}" stroke="currentColor" stroke-width="2" fill="none"/>'
