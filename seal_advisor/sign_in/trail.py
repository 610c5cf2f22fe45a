"""The ways in, in the audit trail: who changed the password, got or lost a second factor, in the same transaction."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from seal_advisor import trail
from seal_advisor.access import Actor
from seal_advisor.models import Membership, User


@receiver(post_save, sender=Authenticator)
def added(sender: type[Authenticator], instance: Authenticator, created: bool, **_: Any) -> None:
    """A later save only notes that it was used."""
    if created:
        _enter(instance, "second_factor.added", None, {"kind": str(instance.type)})


@receiver(post_delete, sender=Authenticator)
def removed(sender: type[Authenticator], instance: Authenticator, **_: Any) -> None:
    _enter(instance, "second_factor.removed", {"kind": str(instance.type)}, None)


@receiver(post_save, sender=SocialAccount)
def connected(sender: type[SocialAccount], instance: SocialAccount, created: bool, **_: Any) -> None:
    """At the first sign-in with a provider, which makes the account, and when a person connects another."""
    if created:
        _say(instance.user, "provider.connected", None, {"provider": instance.provider})


@receiver(post_delete, sender=SocialAccount)
def disconnected(sender: type[SocialAccount], instance: SocialAccount, **_: Any) -> None:
    _say(instance.user, "provider.disconnected", {"provider": instance.provider}, None)


def password_changed(user: User) -> None:
    _say(user, "person.password_changed", None, {"password": "chosen by the person"})


def _enter(factor: Authenticator, what: str, before: Any, after: Any) -> None:
    _say(factor.user, what, before, after)


def _say(user: User, what: str, before: Any, after: Any) -> None:
    """One entry for each organisation of the person, whose administrators read it there; at least one."""
    memberships = Membership.objects.filter(user=user).select_related("organisation")
    for organisation in [one.organisation for one in memberships] or [None]:
        trail.record(Actor(user), what, user.get_username(), organisation=organisation, before=before, after=after)
