"""Who is of an organisation and as what; whether all of them need a second factor. Access was decided by the caller.

An organisation never loses its last administrator who can sign in: nobody could change anything there afterwards.
"""

from __future__ import annotations

from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from seal_advisor import trail
from seal_advisor.access import Actor
from seal_advisor.models import Membership, Organisation, Role, User
from seal_advisor.sign_in import passwords

NAME_CHARACTERS = 150


def add(organisation: Organisation, *, actor: Actor, name: str, role: str) -> Membership:
    """Somebody who has an account already becomes a member. Raises ValidationError."""
    _known(role)
    with transaction.atomic():
        locked = _locked(organisation)
        user = User.objects.filter(username=name).first()
        if user is None:
            raise ValidationError(
                _("nobody here signs in as %(name)s; let an account be made, or let the person sign in once")
                % {"name": name}
            )
        if Membership.objects.filter(organisation=locked, user=user).exists():
            raise ValidationError(_("%(name)s is a member already") % {"name": name})
        return _entered(locked, user, role, actor)


def make(organisation: Organisation, *, actor: Actor, name: str, role: str) -> tuple[Membership, str]:
    """A new account, a member from the start, and its first password, which is shown once. Raises ValidationError."""
    _known(role)
    if len(name) > NAME_CHARACTERS:
        raise ValidationError(_("a name has at most %(number)d characters") % {"number": NAME_CHARACTERS})
    UnicodeUsernameValidator()(name)
    password = passwords.first_password()
    with transaction.atomic():
        locked = _locked(organisation)
        if User.objects.filter(username__iexact=name).exists():
            raise ValidationError(_("there is an account of this name; add it without making one"))
        user = User(username=name)
        passwords.give_first(user, password)
        user.save()
        return _entered(locked, user, role, actor), password


def change_role(membership: Membership, *, actor: Actor, role: str) -> None:
    """The same role again changes nothing. Raises ValidationError for the last administrator."""
    _known(role)
    with transaction.atomic():
        locked = _locked(membership.organisation)
        current = _current(membership)
        if current.role == role:
            return
        before = current.role
        current.role = role
        current.save(update_fields=["role"])
        _keeps_an_administrator(locked)
        trail.record(
            actor, "member.role_changed", current.user.get_username(), organisation=locked,
            before={"role": before}, after={"role": role},
        )  # fmt: skip


def remove(membership: Membership, *, actor: Actor) -> None:
    """The person sees nothing of the organisation any more, nor do its tokens. The account stays."""
    with transaction.atomic():
        locked = _locked(membership.organisation)
        current = _current(membership)
        current.delete()
        _keeps_an_administrator(locked)
        trail.record(
            actor, "member.removed", current.user.get_username(), organisation=locked, before={"role": current.role}
        )


def demand_second_factor(organisation: Organisation, *, actor: Actor, demanded: bool) -> None:
    """From the next page on. The same again changes nothing."""
    with transaction.atomic():
        locked = _locked(organisation)
        if locked.mfa_required == demanded:
            return
        locked.mfa_required = demanded
        locked.save(update_fields=["mfa_required"])
        trail.record(
            actor, "organisation.second_factor", locked.pk, organisation=locked,
            before={"mfa_required": not demanded}, after={"mfa_required": demanded},
        )  # fmt: skip


def _entered(organisation: Organisation, user: User, role: str, actor: Actor) -> Membership:
    made = Membership.objects.create(organisation=organisation, user=user, role=role)
    trail.record(actor, "member.added", user.get_username(), organisation=organisation, after={"role": role})
    return made


def _known(role: str) -> None:
    if role not in Role.values:
        raise ValidationError(_("choose one of the roles"))


def _locked(organisation: Organisation) -> Organisation:
    return Organisation.objects.select_for_update(of=("self",), no_key=True).get(pk=organisation.pk)


def _current(membership: Membership) -> Membership:
    """As it is now, under the organisation's lock. Raises ValidationError when it has gone."""
    found = Membership.objects.select_related("user").filter(pk=membership.pk).first()
    if found is None:
        raise ValidationError(_("this person is no member any more"))
    return found


def _keeps_an_administrator(organisation: Organisation) -> None:
    left = Membership.objects.filter(organisation=organisation, role=Role.ADMINISTRATOR, user__is_active=True)
    if not left.exists():
        raise ValidationError(_("somebody must be administrator here: make another one first"))
