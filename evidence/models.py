"""What was received, what was built from it, and the ledger of both.

One row per file, never per log line: the rows of a log live in the blob. No row is reached except through
`evidence.access`. Ledger entries only grow; database triggers on both engines refuse a change (migration 0002).
"""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

import evidence.meetings.models
import evidence.register.models
import evidence.reminding.models  # noqa: F401 - Django finds these tables through this module
from evidence.resumable.models import ResumableUpload  # noqa: F401
from evidence.upkeep.models import LegalHold, Notice, Retention, Schedule  # noqa: F401 - Django looks for them here
from evidence.webhooks.models import Delivery, Webhook  # noqa: F401
from seal_advisor.models import ApiToken, Design, Organisation, Revision, User


class Artefact(models.Model):
    """One uploaded file. sha256, size: of the ORIGINAL bytes, which are not kept; blob, blob_sha256, blob_size: of the
    REDACTED bytes, the only ones kept. facts, redactions: as `inspect --format json` prints them. claims: what the
    issuer of a CI job vouches for, word -> text; empty for what a person or a plain token handed in. within: name and
    sha256 of each archive around it, outermost first; its name is "ARCHIVE!member" then.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    design = models.ForeignKey(Design, on_delete=models.PROTECT, related_name="artefacts")
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    name = models.CharField(max_length=255)
    kind = models.CharField(max_length=40)
    declared_kind = models.CharField(max_length=40, blank=True)
    facts = models.JSONField(null=True)
    redactions = models.JSONField(default=list)
    product = models.CharField(max_length=20, blank=True)
    product_version = models.CharField(max_length=40, blank=True)
    node = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=500, blank=True)
    observed_from = models.DateTimeField(null=True, blank=True)
    observed_to = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(default=timezone.now, editable=False)
    uploader = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    uploader_label = models.CharField(max_length=300)
    token = models.ForeignKey(ApiToken, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    claims = models.JSONField(default=dict, blank=True)
    within = models.JSONField(default=list, blank=True)
    blob = models.CharField(max_length=100)
    blob_sha256 = models.CharField(max_length=64)
    blob_size = models.PositiveBigIntegerField()

    class Meta:
        ordering = ("-received_at", "id")
        constraints = (models.UniqueConstraint(fields=("design", "sha256"), name="one_artefact_per_bytes"),)
        indexes = (models.Index(fields=("design", "-received_at", "id"), name="artefacts_of_design"),)

    def __str__(self) -> str:
        return self.name


class Erasure(models.Model):
    """The tombstone of an erased artefact; it only grows. sha256, size: of the original bytes."""

    artefact_id = models.UUIDField(primary_key=True)
    design = models.ForeignKey(Design, on_delete=models.PROTECT, related_name="erasures")
    name = models.CharField(max_length=255)
    kind = models.CharField(max_length=40)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    received_at = models.DateTimeField()
    uploader_label = models.CharField(max_length=300)
    erased_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    erased_by_label = models.CharField(max_length=300)
    erased_at = models.DateTimeField()
    why = models.CharField(max_length=500)

    class Meta:
        ordering = ("erased_at", "artefact_id")

    def __str__(self) -> str:
        return f"{self.name}, erased {self.erased_at:%Y-%m-%d}"


class JobState(models.TextChoices):
    QUEUED = "queued", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


class Job(models.Model):
    """Work in the background. This row is the truth; the broker's message only says "look".

    fence: grows with every claim; a worker writes only `WHERE fence = its own`, so that one that was given up for dead
    changes nothing when it comes back. lease_until: the moment from which the sweeper may give the job to another.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=40)
    design = models.ForeignKey(Design, on_delete=models.PROTECT, related_name="jobs")
    state = models.CharField(max_length=10, choices=JobState.choices, default=JobState.QUEUED)
    fence = models.PositiveIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    worker = models.CharField(max_length=200, blank=True)
    lease_until = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    steps_done = models.PositiveIntegerField(default=0)
    steps_total = models.PositiveIntegerField(default=0)
    step = models.CharField(max_length=200, blank=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-created_at",)
        indexes = (models.Index(fields=("state", "lease_until"), name="jobs_to_sweep"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.id} ({self.state})"

    @property
    def elapsed_seconds(self) -> float | None:
        """Since a worker first took it up, until it ended; None while it waits."""
        if self.started_at is None:
            return None
        return round(((self.finished_at or timezone.now()) - self.started_at).total_seconds(), 1)


class Package(models.Model):
    """One signed compliance package, asked for by one request and built by one job.

    The blob fields are empty until the job is done, and again after its retention (`purged_at`). artefacts: the ids
    that were there when it was asked for; later uploads do not enter. judged: False for a decision signed before any
    evidence, which enters no control's verdict. summary: verdict -> number. said: what
    `core.diff` compares, area -> name -> value.
    signature_level, shortfall: the PAdES level, and why it is lower than was configured ("" where it is not).
    ledger_first: index of the ledger entry of its first
    member; ledger_size: size of the ledger under whose head it was signed. title: the design's at that moment.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    design = models.ForeignKey(Design, on_delete=models.PROTECT, related_name="packages")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="packages")
    job = models.OneToOneField(Job, on_delete=models.PROTECT, related_name="package")
    title = models.CharField(max_length=200)
    artefacts = models.JSONField(default=list)
    judged = models.BooleanField(default=True)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    requested_by_label = models.CharField(max_length=300)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    report_blob = models.CharField(max_length=100, blank=True)
    report_sha256 = models.CharField(max_length=64, blank=True)
    report_size = models.PositiveBigIntegerField(null=True)
    archive_blob = models.CharField(max_length=100, blank=True)
    archive_sha256 = models.CharField(max_length=64, blank=True)
    archive_size = models.PositiveBigIntegerField(null=True)
    summary = models.JSONField(default=dict)
    said = models.JSONField(default=dict)
    purged_at = models.DateTimeField(null=True)
    ledger_first = models.PositiveBigIntegerField(null=True)
    ledger_size = models.PositiveBigIntegerField(null=True)
    signature_level = models.CharField(max_length=8, blank=True, default="")
    shortfall = models.TextField(blank=True, default="")

    class Meta:
        ordering = ("-created_at", "id")
        indexes = (models.Index(fields=("design", "-created_at"), name="packages_of_design"),)

    def __str__(self) -> str:
        return f"{self.design}: package of {self.created_at:%Y-%m-%d %H:%M}"


class LedgerHead(models.Model):
    """One row: size of the ledger and the roots of its perfect subtrees (hex).

    Locked while entries are added, so that the leaves have no gap and one order.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    size = models.PositiveBigIntegerField(default=0)
    peaks = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.size} entries"


class LedgerEntry(models.Model):
    """One leaf of the ledger. entry: the canonical JSON text; leaf_hash: RFC 6962 hash of exactly these bytes; root: of
    the tree up to this leaf.

    kind: received, packaged, written ... organisation: of the design, or of a write that is about no design.
    """

    index = models.PositiveBigIntegerField(primary_key=True)
    kind = models.CharField(max_length=30)
    design = models.ForeignKey(Design, on_delete=models.PROTECT, null=True, related_name="ledger")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    entry = models.TextField()
    leaf_hash = models.CharField(max_length=64)
    root = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ("index",)
        indexes = (models.Index(fields=("leaf_hash",), name="ledger_leaf"),)

    def __str__(self) -> str:
        return f"{self.index}: {self.kind}"
