"""Which jobs may hand in evidence for a design, and which identity tokens were used already."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone


class PipelineBinding(models.Model):
    """A job of this issuer with all of these claims may do these things with this design, in its maker's name.

    claims: claim -> exact text; always the one that the issuer's entry calls its repository.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    design = models.ForeignKey("seal_advisor.Design", on_delete=models.CASCADE, related_name="pipelines")
    issuer = models.CharField(max_length=300)
    claims = models.JSONField()
    scopes = models.JSONField(default=list)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at", "id")

    def __str__(self) -> str:
        return f"{self.issuer}: {self.claims}"


class UsedIdentity(models.Model):
    """An identity token that became a token of ours. once: SHA-256, see identity.Identity. Kept until it expires."""

    once = models.CharField(primary_key=True, max_length=64)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.once[:12]
