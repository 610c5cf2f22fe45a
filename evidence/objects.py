"""Blobs as objects of an S3-compatible store. A file of its own: whoever keeps files never loads the S3 client."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from storages.backends.s3 import S3Storage


class BlobObjects(S3Storage):
    """Objects of an S3-compatible store; with a lock mode, none can be changed or deleted before its days are over."""

    lock_mode: str
    lock_days: int

    def get_default_settings(self) -> dict[str, object]:
        return {**super().get_default_settings(), "lock_mode": "", "lock_days": 0, "file_overwrite": True}

    def get_object_parameters(self, name: str) -> dict[str, object]:
        parameters = super().get_object_parameters(name)
        if not self.lock_mode:
            return parameters
        until = timezone.now() + timedelta(days=self.lock_days)
        return {**parameters, "ObjectLockMode": self.lock_mode, "ObjectLockRetainUntilDate": until}
