"""The shapes of schedules, holds and retention."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.utils.serializer_helpers import ReturnDict

from evidence.upkeep.models import Every, LegalHold, Retention, Schedule

DAYS_AT_MOST = 36_500


class NewScheduleShape(serializers.Serializer):
    """recipients: user names of members, who are told what changed."""

    every = serializers.ChoiceField(Every.choices)
    recipients = serializers.ListField(child=serializers.CharField(max_length=150), max_length=200, default=list)


class ScheduleShape(serializers.Serializer):
    """every: "" where packages are built on request only; then there is no owner and no time either.

    owner: in whose name it is built. paused: why it is not built any more, "" while it is.
    """

    every = serializers.CharField(allow_blank=True)
    owner = serializers.CharField(allow_null=True)
    recipients = serializers.ListField(child=serializers.CharField())
    set_at = serializers.DateTimeField(allow_null=True)
    next_at = serializers.DateTimeField(allow_null=True)
    paused = serializers.CharField(allow_blank=True)


def schedule(found: Schedule | None) -> ReturnDict[str, Any]:
    names = sorted(found.recipients.values_list("username", flat=True)) if found else []
    said = {
        "every": found.every if found else "",
        "owner": found.owner.get_username() if found else None,
        "recipients": names,
        "set_at": found.set_at if found else None,
        "next_at": found.next_at if found else None,
        "paused": found.paused if found else "",
    }
    return ScheduleShape(said).data


class HoldReasonShape(serializers.Serializer):
    reason = serializers.CharField(max_length=500)


class HoldShape(serializers.ModelSerializer[LegalHold]):
    """released_at: null while it holds."""

    placed_by = serializers.CharField(source="placed_by.username", read_only=True)
    released_by = serializers.SerializerMethodField()

    class Meta:
        model = LegalHold
        fields = ("id", "reason", "placed_by", "placed_at", "released_by", "released_at", "release_reason")

    def get_released_by(self, hold: LegalHold) -> str | None:
        return hold.released_by.get_username() if hold.released_by else None


class NewRetentionShape(serializers.Serializer):
    package_days = serializers.IntegerField(min_value=1, max_value=DAYS_AT_MOST)


class RetentionShape(serializers.Serializer):
    """package_days: null where packages are kept for ever; then nobody set it."""

    package_days = serializers.IntegerField(allow_null=True)
    set_by = serializers.CharField(allow_null=True)
    set_at = serializers.DateTimeField(allow_null=True)


def retention(kept: Retention | None) -> ReturnDict[str, Any]:
    said = {
        "package_days": kept.package_days if kept else None,
        "set_by": kept.set_by.get_username() if kept else None,
        "set_at": kept.set_at if kept else None,
    }
    return RetentionShape(said).data
