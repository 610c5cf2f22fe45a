"""A cluster's nodes as the active one sees them, and the licence that the binary runs under."""

from __future__ import annotations

from datetime import datetime

from seal_advisor.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar


class ClusterNode(Record):
    """One node. clock_skew_ms: how far its clock is from the active node's; None where it is not said."""

    hostname: str
    active: bool
    version: str | None
    clock_skew_ms: int | None
    last_echo: datetime | None
    zone: str | None = None


class HaStatusFacts(Record):
    """`sys/ha-status` or `operator members`: the nodes that the active node has heard from."""

    KIND: ClassVar[str] = "ha_status"
    nodes: tuple[ClusterNode, ...]
    inconclusive: str = ""


class LicenseFacts(Record):
    """`vault license get` (Vault Enterprise). The licence itself is a secret and never kept, only what it allows."""

    KIND: ClassVar[str] = "license"
    expires: datetime | None
    terminates: datetime | None
    features: tuple[str, ...]
    inconclusive: str = ""
