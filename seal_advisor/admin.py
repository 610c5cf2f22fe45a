"""The administrator's tables: people, organisations, tokens. Designs and evidence have pages of their own."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.db.models import Model
from django.http import HttpRequest

from seal_advisor.models import ApiToken, Design, Membership, Organisation, Revision, User


class MembershipInline(admin.TabularInline):
    model = Membership
    extra = 0


@admin.register(Organisation)
class OrganisationAdmin(admin.ModelAdmin):
    inlines = (MembershipInline,)
    list_display = ("name", "created_at")


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


admin.site.register(User, UserAdmin)
