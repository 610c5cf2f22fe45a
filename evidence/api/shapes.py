"""The shapes that go in and out, for reading and the OpenAPI document."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from evidence.core.results import Verdict
from evidence.models import Artefact, JobState, Package


class UploadShape(serializers.Serializer):
    """Multipart. All but the file is what the collector says about it."""

    file = serializers.FileField()
    node = serializers.CharField(max_length=200, required=False, allow_blank=True)
    observed_from = serializers.DateTimeField(required=False, allow_null=True)
    observed_to = serializers.DateTimeField(required=False, allow_null=True)
    source = serializers.CharField(max_length=500, required=False, allow_blank=True)
    product = serializers.ChoiceField(("vault", "openbao"), required=False)
    version = serializers.CharField(max_length=40, required=False, allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        start, end = attrs.get("observed_from"), attrs.get("observed_to")
        if start and end and start > end:
            raise serializers.ValidationError({"observed_to": "the period ends before it starts"})
        return attrs


class RawUploadShape(UploadShape):
    """The same as query parameters; the body is the file."""

    file = None  # type: ignore[assignment]
    name = serializers.CharField(max_length=255)


class RedactionShape(serializers.Serializer):
    line = serializers.IntegerField()
    what = serializers.CharField()


class ArtefactShape(serializers.ModelSerializer[Artefact]):
    """One uploaded file: sha256 and size of the original bytes; stored_sha256 of the redacted bytes that were kept."""

    redactions = RedactionShape(many=True)
    claims = serializers.DictField(child=serializers.CharField(), help_text="What a CI job's issuer vouches for.")
    uploader = serializers.CharField(source="uploader_label")
    stored_sha256 = serializers.CharField(source="blob_sha256")
    stored_size = serializers.IntegerField(source="blob_size")

    class Meta:
        model = Artefact
        fields = (
            "id", "name", "kind", "sha256", "size", "facts", "redactions", "node", "source", "observed_from",
            "observed_to", "received_at", "uploader", "claims", "stored_sha256", "stored_size", "within",
        )  # fmt: skip


class FindingShape(serializers.Serializer):
    message = serializers.CharField()
    path = serializers.CharField(allow_blank=True)
    line = serializers.IntegerField(allow_null=True)
    remedy = serializers.CharField(allow_blank=True)
    source = serializers.CharField(allow_blank=True)
    severity = serializers.ChoiceField([verdict.value for verdict in Verdict])


class ResultShape(serializers.Serializer):
    control = serializers.CharField()
    title = serializers.CharField()
    verdict = serializers.ChoiceField([verdict.value for verdict in Verdict])
    reason = serializers.CharField()
    findings = FindingShape(many=True)
    missing = serializers.ListField(child=serializers.CharField())
    artefacts = serializers.ListField(child=serializers.CharField())


class ControlsShape(serializers.Serializer):
    """What `seal-advisor check --format json` prints about controls."""

    results = ResultShape(many=True)
    summary = serializers.DictField(child=serializers.IntegerField())


class NewPackageShape(serializers.Serializer):
    """decision_only: the signed decision for an early review, without evidence and without any control judged."""

    decision_only = serializers.BooleanField(default=False)


class PackageShape(serializers.ModelSerializer[Package]):
    """A package and its job. report, archive: addresses, null until it is done."""

    design = serializers.UUIDField(source="design_id", read_only=True)
    revision = serializers.UUIDField(source="revision_id", read_only=True)
    state = serializers.ChoiceField(JobState.choices, source="job.state")
    step = serializers.CharField(source="job.step")
    steps_done = serializers.IntegerField(source="job.steps_done")
    steps_total = serializers.IntegerField(source="job.steps_total")
    error = serializers.CharField(source="job.error")
    started_at = serializers.DateTimeField(source="job.started_at", allow_null=True)
    finished_at = serializers.DateTimeField(source="job.finished_at", allow_null=True)
    elapsed_seconds = serializers.SerializerMethodField()
    report = serializers.SerializerMethodField()
    archive = serializers.SerializerMethodField()

    class Meta:
        model = Package
        fields = (
            "id", "design", "revision", "judged", "state", "step", "steps_done", "steps_total", "error", "created_at",
            "started_at", "finished_at", "elapsed_seconds", "summary", "signature_level", "shortfall",
            "report", "report_sha256", "report_size", "archive", "archive_sha256", "archive_size", "purged_at",
        )  # fmt: skip

    def get_elapsed_seconds(self, package: Package) -> float | None:
        """Since a worker first took it up, until it ended; null while it waits."""
        return package.job.elapsed_seconds

    def get_report(self, package: Package) -> str | None:
        return f"/api/v1/packages/{package.pk}/report.pdf" if package.report_blob else None

    def get_archive(self, package: Package) -> str | None:
        return f"/api/v1/packages/{package.pk}/package.zip" if package.archive_blob else None


class DifferenceShape(serializers.Serializer):
    """One difference. before, after: null where it was not there, or is there no more."""

    area = serializers.CharField()
    what = serializers.CharField()
    before = serializers.CharField(allow_null=True)
    after = serializers.CharField(allow_null=True)


class ChangesShape(serializers.Serializer):
    """What `seal-advisor diff --format json` prints, and of which two packages it is."""

    old = serializers.UUIDField(allow_null=True, help_text="null where there is no package before it.")
    new = serializers.UUIDField()
    changes = DifferenceShape(many=True)


class TreeHeadShape(serializers.Serializer):
    """signature: base64, over the canonical JSON of size, root and timestamp, by the certificate's key."""

    size = serializers.IntegerField()
    root = serializers.CharField(help_text="Lower-case hex.")
    timestamp = serializers.DateTimeField()
    signature = serializers.CharField()
    certificate = serializers.CharField(help_text="PEM.")


class ProofShape(serializers.Serializer):
    """Inclusion of one leaf in the tree of `size`, RFC 6962 section 2.1.1."""

    index = serializers.IntegerField()
    leaf = serializers.CharField()
    entry = serializers.CharField(help_text="The canonical JSON whose hash the leaf is.")
    size = serializers.IntegerField()
    root = serializers.CharField()
    inclusion = serializers.ListField(child=serializers.CharField())


class GrowthShape(serializers.Serializer):
    """The ledger of `first` entries is the beginning of that of `size`, RFC 6962 section 2.1.2. Roots: hex."""

    first = serializers.IntegerField()
    first_root = serializers.CharField()
    size = serializers.IntegerField()
    root = serializers.CharField()
    consistency = serializers.ListField(child=serializers.CharField())


class SignerShape(serializers.Serializer):
    subject = serializers.CharField()
    issuer = serializers.CharField()
    fingerprint = serializers.CharField()
    signed_at = serializers.DateTimeField(allow_null=True)
    level = serializers.CharField()
    self_issued = serializers.BooleanField()


class CheckShape(serializers.Serializer):
    name = serializers.CharField()
    detail = serializers.CharField()


class VerificationShape(serializers.Serializer):
    """What `seal-advisor verify --format json` prints. anchored: null where no `trust` was sent."""

    kind = serializers.ChoiceField(("package", "report"))
    valid = serializers.BooleanField()
    anchored = serializers.BooleanField(allow_null=True)
    shortfall = serializers.CharField(allow_blank=True, help_text="What the signature lacks of what was configured.")
    signer = SignerShape(allow_null=True)
    differences = CheckShape(many=True)
    checks = CheckShape(many=True)


class VerifyShape(serializers.Serializer):
    file = serializers.FileField(help_text="package.zip or report.pdf; not kept.")
    trust = serializers.FileField(required=False, help_text="PEM with the certificates that you trust.")
