"""What can be stated, field by field: the same rules for the page and for the API."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.validators import URLValidator
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evidence.core.controls import CONTROLS
from evidence.core.shapes import spans
from evidence.register.models import (
    WORDS_LENGTH,
    Attestation,
    Exclusion,
    ModuleCertificate,
    SharedCertificate,
    Statement,
    Waiver,
)
from evidence.register.services import people_of
from seal_advisor.models import Design

CONTROL_CHOICES = [(control.ID, f"{control.ID}: {control.TITLE}") for control in CONTROLS]
LEVELS = [(str(level), str(level)) for level in (1, 2, 3, 4)]
LONGEST_WAIVER_DAYS = 366


def _day(**more: Any) -> forms.DateField:
    return forms.DateField(input_formats=["%Y-%m-%d"], widget=forms.DateInput(attrs={"type": "date"}), **more)


def _words(length: int, **more: Any) -> forms.CharField:
    return forms.CharField(max_length=length, **more)


def _today() -> date:
    return timezone.now().date()


class _Words(forms.Form):
    """No field takes what has the shape of a secret: statements stand in the ledger and in packages for good."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        for name, value in list(cleaned.items()):
            if isinstance(value, str) and next(spans(value), None):
                self.add_error(name, _("This text holds a secret. Leave it out, and rotate it."))
        return cleaned


class StatementForm(_Words):
    """design: whose register it is. On a valid form `said` is what `services.enter` takes."""

    def __init__(self, *args: Any, design: Design, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.design = design

    @property
    def said(self) -> dict[str, Any]:
        return self.cleaned_data


class _CertificateFields(_Words):
    module = _words(200, label=gettext_lazy("Module, as NIST's list names it"))
    number = forms.RegexField(
        r"^[0-9]{1,6}$",
        label=gettext_lazy("Certificate number"),
        error_messages={"invalid": gettext_lazy("A CMVP certificate number has digits only, such as 4684.")},
    )
    standard = forms.ChoiceField(choices=ModuleCertificate.Standard.choices, initial="fips_140_3")
    level = forms.TypedChoiceField(choices=LEVELS, coerce=int, label=gettext_lazy("Overall level"))
    status = forms.ChoiceField(choices=ModuleCertificate.Status.choices, label=gettext_lazy("Status on the list"))
    checked_on = _day(label=gettext_lazy("Read on"))
    checked_by = _words(200, label=gettext_lazy("Read by"))
    source = _words(
        500, label=gettext_lazy("Address of the page that was read"), validators=[URLValidator(schemes=["https"])]
    )

    def clean_checked_on(self) -> date:
        day: date = self.cleaned_data["checked_on"]
        if day > _today():
            raise forms.ValidationError(_("The list cannot have been read on a day to come."))
        return day


class CertificateForm(_CertificateFields, StatementForm):
    pass


class SharedCertificateForm(_CertificateFields):
    seal = forms.ChoiceField(
        choices=SharedCertificate._meta.get_field("seal").choices,
        label=gettext_lazy("Holds the keys of this kind of seal in every design that states no certificate itself"),
    )


class AttestationForm(StatementForm):
    control = forms.ChoiceField(choices=CONTROL_CHOICES)
    statement = _words(WORDS_LENGTH, label=gettext_lazy("What is attested"), widget=forms.Textarea(attrs={"rows": 3}))
    by = _words(200, label=gettext_lazy("By whom (name and office)"))
    on = _day(label=gettext_lazy("Holds from"))
    expires = _day(label=gettext_lazy("Holds until"))
    reference = _words(500, label=gettext_lazy("Reference (document, ticket)"), required=False)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        on, expires = cleaned.get("on"), cleaned.get("expires")
        if on and expires and expires < on:
            self.add_error("expires", _("It ends before it begins."))
        if expires and expires < _today():
            self.add_error("expires", _("That day has passed: such an attestation does nothing."))
        return cleaned


class WaiverForm(StatementForm):
    control = forms.ChoiceField(choices=CONTROL_CHOICES)
    reason = _words(
        WORDS_LENGTH, label=gettext_lazy("Why the failure is accepted"), widget=forms.Textarea(attrs={"rows": 3})
    )
    owner = forms.ModelChoiceField(queryset=None, to_field_name="username", label=gettext_lazy("Owner of the risk"))
    expires = _day(label=gettext_lazy("Until"))

    def __init__(self, *args: Any, design: Design, **kwargs: Any) -> None:
        super().__init__(*args, design=design, **kwargs)
        self.fields["owner"].queryset = people_of(design)  # type: ignore[attr-defined]

    def clean_expires(self) -> date:
        day: date = self.cleaned_data["expires"]
        left = (day - _today()).days
        if left < 0:
            raise forms.ValidationError(_("That day has passed: such a waiver does nothing."))
        if left > LONGEST_WAIVER_DAYS:
            raise forms.ValidationError(_("A waiver lasts a year at most; a risk that stays longer is decided again."))
        return day


class ExclusionForm(StatementForm):
    control = forms.ChoiceField(choices=CONTROL_CHOICES)
    reason = _words(WORDS_LENGTH, label=gettext_lazy("Why it does not apply"), widget=forms.Textarea(attrs={"rows": 3}))
    by = _words(200, label=gettext_lazy("Who says so (name and office)"))
    on = _day(label=gettext_lazy("Since"))

    def clean_on(self) -> date:
        day: date = self.cleaned_data["on"]
        if day > _today():
            raise forms.ValidationError(_("It cannot hold since a day to come."))
        return day


FORMS: dict[type[Statement], type[StatementForm]] = {
    ModuleCertificate: CertificateForm,
    Attestation: AttestationForm,
    Waiver: WaiverForm,
    Exclusion: ExclusionForm,
}
