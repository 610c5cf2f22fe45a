"""The page of the audit trail: entries in words, each with what was and what became."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext_lazy

from evidence import trail
from evidence.models import LedgerEntry
from evidence.views import words
from seal_advisor.models import Design
from seal_advisor.views.words import Problem


@dataclass(frozen=True, slots=True)
class Thing:
    """What a reader can ask for. kinds: of leaves; nouns: of what is written, before the dot."""

    title: str
    kinds: tuple[str, ...] = ()
    nouns: tuple[str, ...] = ()


THINGS = {
    "answers": Thing(gettext_lazy("Designs and answers"), nouns=("design", "answers", "revision")),
    "evidence": Thing(gettext_lazy("Evidence"), kinds=("received", "deleted"), nouns=("evidence",)),
    "statements": Thing(gettext_lazy("Waivers and statements"), kinds=("waived", "attested")),
    "reviews": Thing(gettext_lazy("Reviews"), kinds=("review",)),
    "packages": Thing(
        gettext_lazy("Packages, schedules, holds"), kinds=("held", "deleted"),
        nouns=("package", "schedule", "retention"),
    ),
    "connections": Thing(gettext_lazy("Tokens, pipelines, webhooks"), nouns=("token", "pipeline", "webhook")),
    "people": Thing(
        gettext_lazy("People and rules"),
        nouns=("member", "person", "organisation", "second_factor", "provider", "house_rules"),
    ),
}  # fmt: skip
WHAT = {
    "design.created": gettext_lazy("Design made"),
    "design.edited": gettext_lazy("Design edited"),
    "answers.changed": gettext_lazy("Answers changed"),
    "answers.unmapped_seen": gettext_lazy("Answers that did not come over were seen"),
    "revision.frozen": gettext_lazy("Revision frozen"),
    "evidence.received": gettext_lazy("Evidence received"),
    "evidence.erased": gettext_lazy("Evidence erased"),
    "evidence.kind_declared": gettext_lazy("Kind of evidence declared"),
    "package.asked": gettext_lazy("Package asked for"),
    "package.cancelled": gettext_lazy("Package cancelled"),
    "package.erased": gettext_lazy("Package erased with its evidence"),
    "package.deleted": gettext_lazy("Package deleted after its retention"),
    "schedule.set": gettext_lazy("Schedule set"),
    "schedule.dropped": gettext_lazy("Schedule dropped"),
    "retention.set": gettext_lazy("Retention set"),
    "retention.dropped": gettext_lazy("Kept for ever"),
    "hold.placed": gettext_lazy("Legal hold placed"),
    "hold.released": gettext_lazy("Legal hold released"),
    "modulecertificate.entered": gettext_lazy("FIPS certificate entered"),
    "modulecertificate.ended": gettext_lazy("FIPS certificate ended"),
    "sharedcertificate.entered": gettext_lazy("FIPS certificate entered for all designs"),
    "sharedcertificate.ended": gettext_lazy("FIPS certificate for all designs ended"),
    "attestation.entered": gettext_lazy("Attestation entered"),
    "attestation.ended": gettext_lazy("Attestation ended"),
    "exclusion.entered": gettext_lazy("“Does not apply” entered"),
    "exclusion.ended": gettext_lazy("“Does not apply” ended"),
    "waiver.asked": gettext_lazy("Waiver asked for"),
    "waiver.approved": gettext_lazy("Waiver approved"),
    "waiver.ended": gettext_lazy("Waiver ended"),
    "review.opened": gettext_lazy("Review opened"),
    "review.remark": gettext_lazy("Remark"),
    "review.vote": gettext_lazy("Vote"),
    "review.closed": gettext_lazy("Review closed"),
    "review.signed_off": gettext_lazy("Signed off"),
    "review.sign_off_withdrawn": gettext_lazy("Sign-off withdrawn"),
    "review.action_done": gettext_lazy("Action item done"),
    "review.link_shared": gettext_lazy("Link shared with guests"),
    "review.link_revoked": gettext_lazy("Link revoked"),
    "token.issued": gettext_lazy("Token issued"),
    "token.revoked": gettext_lazy("Token revoked"),
    "pipeline.admitted": gettext_lazy("Pipeline admitted"),
    "pipeline.ended": gettext_lazy("Pipeline ended"),
    "webhook.made": gettext_lazy("Webhook made"),
    "webhook.ended": gettext_lazy("Webhook ended"),
    "member.added": gettext_lazy("Member added"),
    "member.role_changed": gettext_lazy("Role changed"),
    "member.removed": gettext_lazy("Member removed"),
    "person.created": gettext_lazy("Account made"),
    "person.edited": gettext_lazy("Account edited"),
    "person.deleted": gettext_lazy("Account deleted"),
    "person.password_changed": gettext_lazy("Password changed"),
    "second_factor.added": gettext_lazy("Second factor added"),
    "second_factor.removed": gettext_lazy("Second factor removed"),
    "provider.connected": gettext_lazy("Identity provider connected"),
    "provider.disconnected": gettext_lazy("Identity provider disconnected"),
    "organisation.created": gettext_lazy("Organisation made"),
    "organisation.edited": gettext_lazy("Organisation edited"),
    "organisation.deleted": gettext_lazy("Organisation deleted"),
    "organisation.second_factor": gettext_lazy("Demand for a second factor changed"),
    "house_rules.put_in_force": gettext_lazy("House rules put in force"),
    "house_rules.withdrawn": gettext_lazy("House rules withdrawn"),
}
TEXT_AT_MOST = 300


@dataclass(frozen=True, slots=True)
class ChangeSeen:
    """One field. before, after: as text; "" where there was or is nothing."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class EntrySeen:
    index: int
    what: str
    code: str
    about: str
    by: str
    at: str
    design: str
    design_href: str
    changes: tuple[ChangeSeen, ...]


@dataclass(frozen=True, slots=True)
class ThingChoice:
    value: str
    title: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class TrailPage:
    """design: its name where only one is asked for. filtered: whether anything is asked for at all."""

    entries: tuple[EntrySeen, ...]
    design: str
    design_id: str
    design_href: str
    by: str
    things: tuple[ThingChoice, ...]
    since: str
    until: str
    filtered: bool
    older: str
    problems: tuple[Problem, ...]


def trail_page(
    rows: Sequence[LedgerEntry],
    said: Mapping[str, str],
    *,
    design: Design | None,
    shown: int,
    problems: Sequence[Problem],
) -> TrailPage:
    """rows: one more than is shown where there are older ones. said: what was asked for."""
    asked = {name: said.get(name, "") for name in ("design", "by", "thing", "since", "until")}
    kept = {name: text for name, text in asked.items() if text}
    return TrailPage(
        entries=tuple(_entry(row) for row in rows[:shown]),
        design=design.title if design else "",
        design_id=str(design.pk) if design else "",
        design_href=reverse("questions", args=[design.pk]) if design else "",
        by=asked["by"],
        things=tuple(ThingChoice(key, thing.title, asked["thing"] == key) for key, thing in THINGS.items()),
        since=asked["since"],
        until=asked["until"],
        filtered=bool(set(kept) - {"design"}),
        older=f"?{urlencode({**kept, 'before': rows[shown - 1].index})}" if len(rows) > shown else "",
        problems=tuple(problems),
    )


def _entry(row: LedgerEntry) -> EntrySeen:
    write = trail.said(row)
    before, after = write.before or {}, write.after or {}
    return EntrySeen(
        index=row.index,
        what=WHAT.get(write.what, write.what),
        code=write.what,
        about=write.about,
        by=write.by,
        at=words.moment(row.at),
        design=row.design.title if row.design else "",
        design_href=reverse("questions", args=[row.design_id]) if row.design_id else "",
        changes=tuple(_changes(before, after)),
    )


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[ChangeSeen]:
    """Each field that is another now; one that was and is nothing says nothing."""
    for name in dict.fromkeys([*before, *after]):
        seen = ChangeSeen(name, _text(before.get(name)), _text(after.get(name)))
        if seen.before != seen.after:
            yield seen


def _text(value: Any) -> str:
    """Short: the whole stands in the ledger."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= TEXT_AT_MOST else f"{text[:TEXT_AT_MOST]}…"
