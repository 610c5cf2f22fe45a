"""What the forms of a review ask, and what was typed as the services take it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from evidence.core.meeting import votes
from evidence.meetings.services import QUORUM_AT_MOST
from seal_advisor.models import User
from seal_advisor.views.words import Problem

DAY = ("%Y-%m-%d",)


class Opening(forms.Form):
    """revision: empty stands for the draft."""

    revision = forms.IntegerField(min_value=1, required=False)
    quorum = forms.IntegerField(
        min_value=1,
        max_value=QUORUM_AT_MOST,
        error_messages={"required": _("Say how many votes must be cast.")},
    )
    deadline = forms.DateField(required=False, input_formats=DAY)


class Ballot(forms.Form):
    choice = forms.CharField(required=False)
    reason = forms.CharField(required=False)
    condition = forms.CharField(required=False)
    owner = forms.CharField(required=False)
    due = forms.DateField(required=False, input_formats=DAY)

    def said(self, people: QuerySet[User]) -> dict[str, Any]:
        """The arguments of `services.vote`. Raises ValidationError for an owner who is nobody here, or for no day."""
        if not self.is_valid():
            raise ValidationError({"due": _("Give the day as 2026-12-31.")})
        given = self.cleaned_data
        conditions: list[tuple[str, User, date]] = []
        if given["choice"] == votes.CONDITIONS:
            owner = people.filter(username=given["owner"]).first()
            if owner is None or given["due"] is None:
                raise ValidationError({"condition": _("A condition has an owner from this organisation and a day.")})
            conditions = [(given["condition"], owner, given["due"])]
        return {"choice": given["choice"], "reason": given["reason"], "conditions": conditions}


class Sharing(forms.Form):
    """until: the last day of the link."""

    name = forms.CharField(max_length=200, required=False)
    until = forms.DateField(input_formats=DAY, error_messages={"required": _("Say until when the link works.")})

    def said(self) -> dict[str, Any]:
        """The arguments of `services.share`; call it on a valid form only."""
        end = datetime.combine(self.cleaned_data["until"], time(23, 59, 59), tzinfo=UTC)
        parts = self.data.getlist("parts") if hasattr(self.data, "getlist") else []
        return {"name": self.cleaned_data["name"], "parts": parts, "expires_at": end}


def problems(form: forms.Form) -> list[Problem]:
    """What is wrong, each with its field."""
    return [Problem(str(error), f"#{name}") for name, errors in form.errors.items() for error in errors]
