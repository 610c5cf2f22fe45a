"""An upload on its way. Its bytes lie in a file of `store`; nothing of it is evidence before it is whole."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone


class ResumableUpload(models.Model):
    """offset of length bytes are here, as `stored` bytes of ciphertext. said: what the sender says about the file.

    key_digest: SHA-256 of the key in the upload's URL; the key itself is kept nowhere. artefact, refusal: how it ended,
    one of the two; then the bytes are gone.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    design = models.ForeignKey("seal_advisor.Design", on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key_digest = models.CharField(max_length=64)
    length = models.PositiveBigIntegerField()
    offset = models.PositiveBigIntegerField(default=0)
    stored = models.PositiveBigIntegerField(default=0)
    said = models.JSONField(default=dict)
    artefact = models.ForeignKey("evidence.Artefact", on_delete=models.SET_NULL, null=True, related_name="+")
    new = models.BooleanField(default=False)
    refusal = models.JSONField(null=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ("-created_at", "id")

    def __str__(self) -> str:
        return f"{self.said.get('name', '?')}: {self.offset} of {self.length}"

    @property
    def ended(self) -> bool:
        return self.artefact_id is not None or self.refusal is not None
