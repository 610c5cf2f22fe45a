"""The running server about itself: its answers, its own log, its audit trail."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from evidence.core.facts.common import Problem
from seal_advisor.core.record import Record, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar


class StatusFacts(Record):
    """`vault status -format=json`, `sys/seal-status`, `sys/health`: the running server about itself.

    threshold, shares: with an auto-unseal these are the RECOVERY shares. origin: "status", "seal-status" or "health".
    """

    KIND: ClassVar[str] = "status"
    origin: str
    seal_type: str | None
    initialized: bool | None
    sealed: bool | None
    threshold: int | None
    shares: int | None
    version: str | None
    recovery_seal: bool | None
    recovery_seal_type: str | None
    storage_type: str | None
    ha_enabled: bool | None
    standby: bool | None = None
    cluster_name: str | None = None
    cluster_id: str | None = None
    at: datetime | None = None
    inconclusive: str = ""
    problems: tuple[Problem, ...] = ()


class RaftPeersFacts(Record):
    """`operator raft list-peers` or the autopilot state. zones: node -> redundancy zone where it is said."""

    KIND: ClassVar[str] = "raft_peers"
    voters: tuple[str, ...]
    non_voters: tuple[str, ...]
    leader: str | None
    healthy: bool | None = None
    failure_tolerance: int | None = None
    zones: Mapping[str, str] = field(default_factory=dict)
    inconclusive: str = ""


class VersionFacts(Record):
    """`vault version`. product: "vault" or "openbao". edition: "" for community, else such as "ent.hsm.fips1403"."""

    KIND: ClassVar[str] = "version"
    product: str
    version: str
    edition: str


class ServerLogFacts(Record):
    """A server's own log. events: (code, line, time) of known signatures, such as "unsealed", "seal_unreachable".

    steps_back: (line, seconds) where the clock runs backwards (the first 200).
    """

    KIND: ClassVar[str] = "server_log"
    first: datetime | None
    last: datetime | None
    records: int
    events: tuple[tuple[str, int, datetime | None], ...]
    dev_mode: bool = False
    problems: tuple[Problem, ...] = ()
    bad_lines: tuple[tuple[int, int], ...] = ()
    inconclusive: str = ""
    steps_back: tuple[tuple[int, int], ...] = ()


class AuditDevice(Record):
    """One audit device. raw: `log_raw` is on. hmac_accessor: None when the listing does not say."""

    path: str
    type: str
    raw: bool = False
    hmac_accessor: bool | None = None


class AuditDevicesFacts(Record):
    """`vault audit list -detailed -format=json` or `sys/audit`: the enabled audit devices; none is a fact too."""

    KIND: ClassVar[str] = "audit_list"
    devices: tuple[AuditDevice, ...]
    inconclusive: str = ""


class AuditLogFacts(Record):
    """A Vault audit device's file. raw: some value is no keyed hash (log_raw). unpaired: requests without a response.

    operations: (operation, first part of the path) -> number. root_uses: lines on which a token with the root policy
    acted (the first 200). gaps: (line, seconds) of silences above an hour, steps_back: (line, seconds) where the clock
    runs backwards (the first 200 of each).
    """

    KIND: ClassVar[str] = "audit_log"
    records: int
    first: datetime | None
    last: datetime | None
    raw: bool
    unpaired: int
    operations: Mapping[str, int]
    root_uses: tuple[int, ...] = ()
    seal_operations: tuple[tuple[str, int, datetime | None], ...] = ()
    gaps: tuple[tuple[int, int], ...] = ()
    bad_lines: tuple[tuple[int, int], ...] = ()
    inconclusive: str = ""
    steps_back: tuple[tuple[int, int], ...] = ()


class KeyStatusFacts(Record):
    """`operator key-status`: the barrier key in use. installed: since when; encryptions: estimated, this term."""

    KIND: ClassVar[str] = "key_status"
    term: int | None
    installed: datetime | None
    encryptions: int | None
    inconclusive: str = ""


class RotationFacts(Record):
    """`sys/rotate/config`: when the barrier key rotates by itself. interval_seconds: 0 = by count only."""

    KIND: ClassVar[str] = "rotation_config"
    enabled: bool | None
    max_operations: int | None
    interval_seconds: int | None
    inconclusive: str = ""


class SealBackendsFacts(Record):
    """`sys/seal-backend-status` (Vault Enterprise): are the seals healthy, is everything wrapped by all of them."""

    KIND: ClassVar[str] = "seal_backend_status"
    healthy: bool | None
    fully_wrapped: bool | None
    backends: tuple[tuple[str, bool | None], ...] = ()
    inconclusive: str = ""


class DiagnoseFacts(Record):
    """`operator diagnose -format=json`. findings: (check, "warn" or "fail", message) in the order of the report."""

    KIND: ClassVar[str] = "diagnose"
    status: str | None
    at: datetime | None
    findings: tuple[tuple[str, str, str], ...]
    inconclusive: str = ""
