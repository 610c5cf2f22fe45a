"""The administrator's tables: people, organisations, tokens. Designs and evidence have pages of their own.

Whatever is written here enters the audit trail with what it was before (`Trailed`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from seal_advisor import trail
from seal_advisor.access import actor_of
from seal_advisor.models import ApiToken, Design, Membership, Organisation, Revision, User
from seal_advisor.sign_in import passwords


class MembershipInline(admin.TabularInline):
    model = Membership
    extra = 0


def _organisation_told(organisation: Organisation) -> dict[str, Any]:
    people = organisation.memberships.select_related("user").order_by("user__username")
    return {
        "name": organisation.name,
        "mfa_required": organisation.mfa_required,
        "members": {member.user.get_username(): member.role for member in people},
    }


def _user_told(user: User) -> dict[str, Any]:
    """Rights and names; of the password only that it changed."""
    told = {name: getattr(user, name) for name in ("username", "email", "is_active", "is_staff", "is_superuser")}
    return {**told, "password": hashlib.sha256(user.password.encode()).hexdigest()[:12]}


class Trailed(admin.ModelAdmin):
    """Adds, changes and deletions of this table, each with before and after, in the transaction of the request."""

    noun: str
    told: Callable[[Any], dict[str, Any]]

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        found = type(obj).objects.filter(pk=obj.pk).first() if change else None
        request.trail_before = self._told(found) if found else None  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        self._enter(request, "edited" if change else "created", form.instance, self._told(form.instance))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        request.trail_before = self._told(obj)  # type: ignore[attr-defined]
        self._enter(request, "deleted", obj, None)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for obj in queryset:
            self.delete_model(request, obj)

    def _told(self, obj: Any) -> dict[str, Any]:
        return type(self).told(obj)

    def _enter(self, request: HttpRequest, verb: str, obj: Any, after: dict[str, Any] | None) -> None:
        before = getattr(request, "trail_before", None)
        if before != after:
            owner = obj if isinstance(obj, Organisation) and verb != "deleted" else None
            what = f"{self.noun}.{verb}"
            trail.record(actor_of(request), what, obj.pk, organisation=owner, before=before, after=after)


@admin.register(Organisation)
class OrganisationAdmin(Trailed):
    noun, told = "organisation", staticmethod(_organisation_told)
    inlines = (MembershipInline,)
    list_display = ("name", "created_at")
    exclude = ("house",)  # accepted on its own page, with its proofs


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows to look at. Whoever changes them does so through the product, which writes the history."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    list_display = ("name", "user", "organisation", "expires_at", "last_used_at", "revoked_at")
    exclude = ("digest",)


@admin.register(Design)
class DesignAdmin(ReadOnlyAdmin):
    list_display = ("title", "organisation", "author", "updated_at")


@admin.register(Revision)
class RevisionAdmin(ReadOnlyAdmin):
    list_display = ("design", "number", "author", "created_at")


@admin.register(User)
class PersonAdmin(Trailed, UserAdmin):
    noun, told = "person", staticmethod(_user_told)

    def save_model(self, request: HttpRequest, obj: User, form: ModelForm, change: bool) -> None:
        """A password that an administrator types is a first one: the person changes it at the first sign-in."""
        if not change and obj.has_usable_password():
            obj.first_password_until = timezone.now() + passwords.LIFE
        super().save_model(request, obj, form, change)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002
        before = self.get_object(request, id)
        request.trail_before = self._told(before) if before else None  # type: ignore[attr-defined]
        answer = super().user_change_password(request, id, form_url)
        after = self.get_object(request, id)
        if after is not None and before is not None and after.password != before.password:
            own = after.pk == request.user.pk
            until = timezone.now() + passwords.LIFE if after.has_usable_password() and not own else None
            type(after).objects.filter(pk=after.pk).update(first_password_until=until)
        if after is not None:
            self._enter(request, "edited", after, self._told(after))
        return answer
