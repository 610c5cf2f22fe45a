"""The shapes of statements, for the OpenAPI document; their rules stand in `evidence.register.forms`."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from evidence.core.facts.certificate import SEALS
from evidence.register.models import Entry, ModuleCertificate
from evidence.register.services import stated


class EnteredShape(serializers.Serializer):
    """What every entry has. ended_at: null while it counts."""

    id = serializers.UUIDField()
    entered_by = serializers.CharField()
    entered_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    ended_by = serializers.CharField(allow_blank=True)
    ended_why = serializers.CharField(allow_blank=True)


class CertificateShape(serializers.Serializer):
    module = serializers.CharField(max_length=200)
    number = serializers.CharField(max_length=6)
    standard = serializers.ChoiceField(ModuleCertificate.Standard.choices)
    level = serializers.IntegerField(min_value=1, max_value=4)
    status = serializers.ChoiceField(ModuleCertificate.Status.choices)
    checked_on = serializers.DateField()
    checked_by = serializers.CharField(max_length=200)
    source = serializers.URLField(max_length=500, help_text="The https page that was read.")


class AttestationShape(serializers.Serializer):
    control = serializers.CharField(help_text="Such as C-CM-02.")
    statement = serializers.CharField(max_length=2000)
    by = serializers.CharField(max_length=200)
    on = serializers.DateField()
    expires = serializers.DateField()
    reference = serializers.CharField(max_length=500, required=False, allow_blank=True)


class WaiverShape(serializers.Serializer):
    control = serializers.CharField(help_text="Such as C-TL-02.")
    reason = serializers.CharField(max_length=2000)
    owner = serializers.CharField(help_text="The user name of a member of the organisation.")
    expires = serializers.DateField()


class ExclusionShape(serializers.Serializer):
    control = serializers.CharField(help_text="Such as C-DR-06.")
    reason = serializers.CharField(max_length=2000)
    by = serializers.CharField(max_length=200)
    on = serializers.DateField()


class EnteredCertificateShape(EnteredShape, CertificateShape):
    pass


class SharedCertificateShape(CertificateShape):
    seal = serializers.ChoiceField(SEALS, help_text="The kind of seal whose keys the module holds.")


class EnteredSharedCertificateShape(EnteredShape, SharedCertificateShape):
    pass


class EnteredAttestationShape(EnteredShape, AttestationShape):
    pass


class EnteredWaiverShape(EnteredShape, WaiverShape):
    approver = serializers.CharField(allow_null=True)
    approved_at = serializers.DateTimeField(allow_null=True)


class EnteredExclusionShape(EnteredShape, ExclusionShape):
    pass


class RegisterShape(serializers.Serializer):
    certificates = EnteredCertificateShape(many=True)
    attestations = EnteredAttestationShape(many=True)
    waivers = EnteredWaiverShape(many=True)
    exclusions = EnteredExclusionShape(many=True)
    shared_certificates = EnteredSharedCertificateShape(
        many=True, help_text="What the organisation states; it counts while the design states no certificate itself."
    )


class EndShape(serializers.Serializer):
    why = serializers.CharField(max_length=500)


class EndedShape(EnteredShape):
    pass


def document(one: Entry) -> dict[str, Any]:
    """An entry as JSON: what was stated, and by whom it was entered and ended."""
    return {
        "id": str(one.pk),
        **stated(one),
        "entered_by": one.entered_by_label,
        "entered_at": one.entered_at,
        "ended_at": one.ended_at,
        "ended_by": one.ended_by_label,
        "ended_why": one.ended_why,
    }
