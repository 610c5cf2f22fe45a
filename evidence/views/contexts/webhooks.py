"""The pages of webhooks: each with its last telling, and every telling of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evidence.models import Delivery, JobState, Webhook
from evidence.views import words
from evidence.webhooks.services import EVENTS
from seal_advisor.models import Design
from seal_advisor.views import road
from seal_advisor.views.words import Mark, Problem, counted

EVENT_WORDS = {
    "evidence.received": gettext_lazy("evidence came in"),
    "evidence.expiring": gettext_lazy("evidence or a statement is about to expire"),
    "package.done": gettext_lazy("a package is signed"),
    "package.failed": gettext_lazy("a package could not be built"),
    "revision.frozen": gettext_lazy("a revision was frozen"),
    "answers.changed": gettext_lazy("answers changed"),
}
TOLD = Mark(gettext_lazy("Told"), "circle-check", "pass")
ON_ITS_WAY = Mark(gettext_lazy("On its way"), "circle-dashed", "accent")
GIVEN_UP = Mark(gettext_lazy("Given up"), "octagon-x", "fail")
GOING = Mark(gettext_lazy("Told"), "circle-check", "pass")
ENDED = Mark(gettext_lazy("Ended"), "circle-minus")


@dataclass(frozen=True, slots=True)
class EventChoice:
    value: str
    words: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class WebhookRow:
    """last: what came of the newest delivery, None before the first. end_href: "" for one that ended."""

    address: str
    href: str
    going: bool
    events: tuple[str, ...]
    by: str
    since: str
    last: Mark | None
    last_at: str
    end_href: str


@dataclass(frozen=True, slots=True)
class WebhooksPage:
    design: road.DesignHead
    webhooks: tuple[WebhookRow, ...]
    address: str
    events: tuple[EventChoice, ...]
    secret: str
    href: str
    back_href: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    id: str
    event: str
    mark: Mark
    attempts: str
    said: str
    at: str
    next_at: str


@dataclass(frozen=True, slots=True)
class DeliveriesPage:
    design: road.DesignHead
    address: str
    going: bool
    deliveries: tuple[DeliveryRow, ...]
    older: str
    back_href: str


def webhooks_page(
    design: Design,
    rows: Sequence[Webhook],
    last: Mapping[UUID, Delivery],
    *,
    address: str,
    chosen: Sequence[str],
    secret: str,
    problems: Sequence[Problem],
) -> WebhooksPage:
    """last: webhook -> its newest delivery. address, chosen: what a refused form held. secret: of one just made."""
    return WebhooksPage(
        design=road.head(design),
        webhooks=tuple(_row(one, last.get(one.pk)) for one in rows),
        address=address,
        events=tuple(EventChoice(event, EVENT_WORDS[event], event in chosen) for event in EVENTS),
        secret=secret,
        href=reverse("webhooks", args=[design.pk]),
        back_href=reverse("pipelines", args=[design.pk]),
        problems=tuple(problems),
    )


def _row(webhook: Webhook, last: Delivery | None) -> WebhookRow:
    args = [webhook.design_id, webhook.pk]
    return WebhookRow(
        address=webhook.address,
        href=reverse("webhook", args=args),
        going=webhook.ended_at is None,
        events=tuple(EVENT_WORDS.get(event, event) for event in webhook.events),
        by=webhook.user.get_username(),
        since=words.moment(webhook.created_at),
        last=_mark(last) if last else None,
        last_at=words.moment(last.created_at) if last else "",
        end_href=reverse("webhook-end", args=args) if webhook.ended_at is None else "",
    )


def deliveries_page(design: Design, webhook: Webhook, rows: Sequence[Delivery], *, shown: int) -> DeliveriesPage:
    """rows: one more than is shown where there are older ones."""
    return DeliveriesPage(
        design=road.head(design),
        address=webhook.address,
        going=webhook.ended_at is None,
        deliveries=tuple(_delivery(one) for one in rows[:shown]),
        older=f"?before={rows[shown - 1].pk}" if len(rows) > shown else "",
        back_href=reverse("webhooks", args=[design.pk]),
    )


def _delivery(one: Delivery) -> DeliveryRow:
    said = one.error or (_("answered %(status)s") % {"status": one.status} if one.status else "")
    waiting = one.delivered_at is None and one.job.state in (JobState.QUEUED, JobState.RUNNING)
    return DeliveryRow(
        id=str(one.pk),
        event=EVENT_WORDS.get(one.event, one.event),
        mark=_mark(one),
        attempts=counted(one.attempts, "attempt"),
        said=said,
        at=words.moment(one.created_at),
        next_at=words.moment(one.not_before) if waiting and one.attempts else "",
    )


def _mark(one: Delivery) -> Mark:
    if one.delivered_at is not None:
        return TOLD
    return ON_ITS_WAY if one.job.state in (JobState.QUEUED, JobState.RUNNING) else GIVEN_UP
