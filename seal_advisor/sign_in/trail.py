"""Second factors in the audit trail: who added or removed one, of which kind, and who used a recovery code."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.dispatch import receiver

from seal_advisor import trail
from seal_advisor.access import Actor
from seal_advisor.models import Membership, User


def _enter(user: User, what: str, authenticator: Authenticator, before: Any, after: Any) -> None:
    """One entry for each organisation of the person, whose administrators read it there; at least one."""
    memberships = Membership.objects.filter(user=user).select_related("organisation")
    for organisation in [one.organisation for one in memberships] or [None]:
        trail.record(Actor(user), what, authenticator.pk, organisation=organisation, before=before, after=after)


@receiver(authenticator_added)
def added(sender: Any, user: User, authenticator: Authenticator, **_: Any) -> None:
    _enter(user, "second_factor.added", authenticator, None, {"kind": authenticator.type})


@receiver(authenticator_removed)
def removed(sender: Any, user: User, authenticator: Authenticator, **_: Any) -> None:
    _enter(user, "second_factor.removed", authenticator, {"kind": authenticator.type}, None)


@receiver(authenticator_reset)
def renewed(sender: Any, user: User, authenticator: Authenticator, **_: Any) -> None:
    _enter(user, "second_factor.renewed", authenticator, {"kind": authenticator.type}, {"kind": authenticator.type})
