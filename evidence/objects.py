"""Blobs as objects of an S3-compatible store. A file of its own: whoever keeps files never loads the S3 client.

SOURCE: Amazon S3 User Guide, "Locking objects with Object Lock": a lock is a version's; a DELETE without a version only
hides the object behind a marker, and a DELETE of a locked version is refused.
"""

from __future__ import annotations

from datetime import timedelta

from botocore.exceptions import ClientError
from django.utils import timezone
from storages.backends.s3 import S3Storage

from evidence.storage import StillLocked


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

    def delete(self, name: str) -> None:
        """Every version, so that nothing is left behind a marker. Raises StillLocked, then nothing was hidden."""
        key = self._normalize_name(name)
        for version in self.bucket.object_versions.filter(Prefix=key):
            if version.object_key != key:
                continue
            try:
                version.delete()
            except ClientError as error:
                if error.response["Error"]["Code"] != "AccessDenied":
                    raise
                raise StillLocked(f"blob {name} is locked in the store: {error}") from error
