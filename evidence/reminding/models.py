"""What was said about a thing that runs out: once per thing, day and threshold, whatever dies in between."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from seal_advisor.models import Design


class Reminder(models.Model):
    """item: kind and id of the thing, such as "waiver 0f3a...". runs_out: its last day. threshold: days before it.

    recipients: addresses. sent_at: None until the mail server took it; attempts: how often that was tried.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    design = models.ForeignKey(Design, on_delete=models.PROTECT, related_name="reminders")
    item = models.CharField(max_length=80)
    runs_out = models.DateField()
    threshold = models.PositiveSmallIntegerField()
    recipients = models.JSONField(default=list)
    subject = models.CharField(max_length=300)
    text = models.TextField()
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    next_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("-made_at", "id")
        constraints = (
            models.UniqueConstraint(fields=("item", "runs_out", "threshold"), name="one_reminder_per_threshold"),
        )

    def __str__(self) -> str:
        return self.subject
