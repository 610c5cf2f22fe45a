"""Schedules of packages, the notices that follow them, how long things are kept, and what must not be deleted."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone

from seal_advisor.models import Design, Organisation, User

DAYS = {"weekly": 7, "monthly": 30}


class Every(models.TextChoices):
    WEEKLY = "weekly", "Every week"
    MONTHLY = "monthly", "Every month (30 days)"


class Schedule(models.Model):
    """A package that is built again by itself. One per design.

    owner: in whose name it is built; loses the right, and the schedule pauses itself and says why in `paused`.
    recipients: who is told what changed; people of the organisation only.
    """

    design = models.OneToOneField(Design, on_delete=models.PROTECT, related_name="schedule")
    every = models.CharField(max_length=10, choices=Every.choices)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recipients = models.ManyToManyField(User, related_name="+", blank=True)
    set_at = models.DateTimeField(default=timezone.now, editable=False)
    next_at = models.DateTimeField(db_index=True)
    paused = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return f"{self.design}: {self.every}"

    def following(self, now: datetime) -> datetime:
        """The moment of the build after this one: counted from now, so that a week without power is no backlog."""
        return now + timedelta(days=DAYS[self.every])


class Notice(models.Model):
    """What is told about a package that a schedule built. text: as it was sent; sent_at: None until it was."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    package = models.OneToOneField("evidence.Package", on_delete=models.PROTECT, related_name="notice")
    job = models.OneToOneField("evidence.Job", on_delete=models.PROTECT, null=True, related_name="notice")
    recipients = models.JSONField(default=list)
    text = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"notice of {self.package}"


class Retention(models.Model):
    """How long an organisation keeps the bytes of its packages. Without a row they are kept for ever."""

    organisation = models.OneToOneField(Organisation, on_delete=models.PROTECT, related_name="retention")
    package_days = models.PositiveIntegerField()
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.organisation}: packages {self.package_days} days"


class LegalHold(models.Model):
    """Nothing of the design is deleted while one of these is not released."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    design = models.ForeignKey(Design, on_delete=models.PROTECT, related_name="holds")
    reason = models.CharField(max_length=500)
    placed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    placed_at = models.DateTimeField(default=timezone.now, editable=False)
    released_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    released_at = models.DateTimeField(null=True)
    release_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("-placed_at",)

    def __str__(self) -> str:
        return f"{self.design}: {self.reason}"
