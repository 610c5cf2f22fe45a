"""What the upload page asks about its files."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from evidence.core.upload import Declared

MOMENT = ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d")


class About(forms.Form):
    """Node and observation period, apart from the moment of the upload. Times are UTC."""

    node = forms.CharField(max_length=200, required=False)
    observed_from = forms.DateTimeField(required=False, input_formats=MOMENT)
    observed_to = forms.DateTimeField(required=False, input_formats=MOMENT)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        start: datetime | None = cleaned.get("observed_from")
        end: datetime | None = cleaned.get("observed_to")
        if start and end and end < start:
            self.add_error("observed_to", _("The period ends before it begins."))
        return cleaned

    def declared(self) -> Declared:
        """What to hand to the intake; call it on a valid form only."""
        said = self.cleaned_data
        return Declared(
            node=said["node"] or None,
            observed_from=said["observed_from"],
            observed_to=said["observed_to"],
            source="upload page",
        )
