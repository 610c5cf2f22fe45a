"""A key in a cloud's key service: its description, who may use it, and the vault that it lies in."""

from __future__ import annotations

from datetime import datetime

from seal_advisor.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar


class KmsKeyFacts(Record):
    """One key as its service describes it. None always means that the description does not say.

    provider: "aws", "azure", "gcp" or "oci". key: id, ARN or resource name, in full. customer_managed: False for a key
    of the provider's own. state: "enabled", "disabled", "pending_deletion", "pending_import" or the service's word.
    protection: "hsm", "software" or "external" (outside the provider). origin: where the material was made, in the
    service's word. rotates: whether it rotates by itself; rotation_days: how often. deletes_after_days: how long a
    deletion waits. purgeable: whether it can be destroyed at once after it was deleted (Azure).
    """

    KIND: ClassVar[str] = "kms_key"
    provider: str
    key: str
    customer_managed: bool | None = None
    state: str | None = None
    protection: str | None = None
    origin: str | None = None
    algorithm: str | None = None
    created: datetime | None = None
    deletion_at: datetime | None = None
    deletes_after_days: int | None = None
    purgeable: bool | None = None
    exportable: bool | None = None
    rotates: bool | None = None
    rotation_days: int | None = None
    next_rotation: datetime | None = None
    inconclusive: str = ""


class KmsVaultFacts(Record):
    """An Azure key vault or managed HSM. kind: "vault" or "managed_hsm"; activated: the security domain is in place."""

    KIND: ClassVar[str] = "kms_vault"
    name: str
    kind: str
    purge_protection: bool | None = None
    soft_delete_days: int | None = None
    activated: bool | None = None
    regions: tuple[str, ...] = ()


class Grant(Record):
    """One statement of a policy. allow: False for a denial. conditional: it holds under conditions only."""

    allow: bool
    principals: tuple[str, ...]
    actions: tuple[str, ...]
    conditional: bool
    line: int


class KmsPolicyFacts(Record):
    """Who may do what with a key. provider: "aws" (key policy), "gcp" or "azure" (actions are the names of roles)."""

    KIND: ClassVar[str] = "kms_policy"
    provider: str
    grants: tuple[Grant, ...]
    inconclusive: str = ""
