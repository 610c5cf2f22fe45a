"""Typed facts: what one artefact states, each with the place where it stands.

A parser turns redacted text into one of these classes; a control reads nothing else. Facts never hold a secret: they
are parsed from text that has been redacted already, so a removed literal shows as `Setting.removed`.
`None` always means "the artefact does not say", never "no".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, TypeVar

Scalar = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a file, as the program that reads it would say.

    effect: "refused" (the server does not start), "warned" (it starts and says so) or "ignored" (silently without
    effect).
    code: stable word for tests and machines, such as "seal_unknown_key".
    """

    code: str
    message: str
    line: int | None
    effect: str
    remedy: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Declared:
    """What the person who hands an artefact in says about it; nothing here is read from the file.

    product: "vault" or "openbao"; product_basis: "declared", or "answers" when the answers imply it.
    version: such as "1.21.3". node: name of the Vault node it comes from.
    observed_from, observed_to: the period it speaks of, aware. source: who or what collected it, free text.
    """

    product: str | None = None
    version: str | None = None
    node: str | None = None
    observed_from: datetime | None = None
    observed_to: datetime | None = None
    source: str = ""
    product_basis: str = "declared"


@dataclass(frozen=True, slots=True)
class Setting:
    """One `name = value` of a config, with the place of its value.

    value: str, number, bool, list or dict as written (no coercion). removed: a literal secret stood here.
    """

    name: str
    value: object
    line: int
    column: int = 1
    removed: bool = False


class UnreadableSetting(ValueError):
    """A setting whose value cannot be what its name demands, such as `tls_disable = "maybe"`."""

    def __init__(self, setting: Setting, wanted: str) -> None:
        super().__init__(f"line {setting.line}: {setting.name} = {setting.value!r} is not {wanted}")
        self.setting = setting


@dataclass(frozen=True, slots=True)
class Stanza:
    """One block of a config: `listener "tcp" { ... }` has kind "listener" and label "tcp".

    labels: all of them, where there are two as in `audit "file" "path"`; label is the first.
    """

    kind: str
    label: str
    line: int
    settings: Mapping[str, Setting] = field(default_factory=dict)
    stanzas: tuple[Stanza, ...] = ()
    labels: tuple[str, ...] = ()

    def text(self, name: str) -> str | None:
        """The setting as text; numbers and booleans as Vault would print them; None when absent."""
        setting = self.settings.get(name)
        if setting is None:
            return None
        if isinstance(setting.value, bool):
            return "true" if setting.value else "false"
        if isinstance(setting.value, (list, dict)):
            raise UnreadableSetting(setting, "one value")
        return str(setting.value)

    def flag(self, name: str) -> bool | None:
        """The setting as Vault's ParseBool reads it (true, "true", 1, "1", "t" ...); None when absent.

        Raises UnreadableSetting for anything else: a switch that cannot be read is never "off".
        """
        text = self.text(name)
        if text is None:
            return None
        if text in {"1", "t", "T", "true", "TRUE", "True"}:
            return True
        if text in {"0", "f", "F", "false", "FALSE", "False", ""}:
            return False
        raise UnreadableSetting(self.settings[name], "true or false")

    def line_of(self, name: str) -> int:
        """Line of the setting, or of the block when the setting is absent."""
        setting = self.settings.get(name)
        return setting.line if setting else self.line

    def within(self, kind: str) -> Iterator[Stanza]:
        """The blocks of this kind directly inside."""
        return (stanza for stanza in self.stanzas if stanza.kind == kind)


@dataclass(frozen=True, slots=True)
class ConfigFacts:
    """A Vault or OpenBao server configuration.

    root: the whole file as one stanza (kind "", label ""); its settings are the top-level keys.
    product: "vault", "openbao" or None (undecided); product_basis says how it is known ("declared", "keys: audit").
    version: declared version such as "2.7.2", or None.
    server_accepts: False when the server would refuse to start with this file (problems say why).
    carrier: what the configuration stands in, such as "Helm values: server.ha.raft.config"; "" for a file of its own.
    environment: (name, line) of the environment variables that the carrier sets; their values are never kept.
    """

    KIND: ClassVar[str] = "vault_config"
    root: Stanza
    product: str | None
    product_basis: str
    version: str | None
    server_accepts: bool
    problems: tuple[Problem, ...] = ()
    carrier: str = ""
    environment: tuple[tuple[str, int], ...] = ()

    def blocks(self, kind: str) -> tuple[Stanza, ...]:
        """Top-level blocks of this kind in file order; `storage` also finds its old name `backend`."""
        names = {"storage": {"storage", "backend"}, "ha_storage": {"ha_storage", "ha_backend"}}.get(kind, {kind})
        return tuple(stanza for stanza in self.root.stanzas if stanza.kind in names)

    @property
    def seals(self) -> tuple[Stanza, ...]:
        """The live seals; a `disabled` seal is the source of a migration. No live seal means Shamir."""
        return tuple(seal for seal in self.blocks("seal") if not seal.flag("disabled"))

    @property
    def seal_type(self) -> str:
        """Label of the first live seal, "shamir" when the file has none."""
        return self.seals[0].label if self.seals else "shamir"


@dataclass(frozen=True, slots=True)
class Suite:
    """A cipher suite that a scan saw accepted. id: the 16-bit IANA number. protocol: "TLSv1.2" and the like."""

    protocol: str
    id: int
    line: int | None = None


@dataclass(frozen=True, slots=True)
class ScannedCertificate:
    """The leaf certificate as the scanner describes it. fingerprint: SHA-256, lower-case hex without colons."""

    subject: str | None = None
    names: tuple[str, ...] = ()
    issuer: str | None = None
    key_type: str | None = None
    key_bits: int | None = None
    signature: str | None = None
    not_before: datetime | None = None
    not_after: datetime | None = None
    fingerprint: str | None = None
    self_signed: bool | None = None
    trusted: bool | None = None


@dataclass(frozen=True, slots=True)
class TlsScanFacts:
    """What a scanner saw at one host and port, whichever scanner it was.

    protocols: name ("SSLv2", "SSLv3", "TLSv1.0" ... "TLSv1.3") -> offered; a protocol not tested is absent.
    suites: accepted suites; suites_complete names the protocols whose list is known to be whole.
    inconclusive: why the scan proves nothing (failed target, interrupted, header only), or "".
    """

    KIND: ClassVar[str] = "tls_scan"
    tool: str
    tool_version: str | None
    host: str | None
    ip: str | None
    port: int | None
    started: datetime | None
    protocols: Mapping[str, bool]
    protocol_lines: Mapping[str, int]
    suites: tuple[Suite, ...]
    suites_complete: frozenset[str]
    curves: tuple[str, ...] = ()
    certificates: tuple[ScannedCertificate, ...] = ()
    inconclusive: str = ""
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class SequenceGap:
    """Records missing between two that are there. stream: what is numbered (log stream and reboot counter)."""

    stream: str
    after: int
    before: int
    line: int


@dataclass(frozen=True, slots=True)
class KeyEvent:
    """Something done to or about a key, or an administrative act, in a key store's log.

    action: login, login_failed, logout, generate, import, export, wrap, unwrap, encrypt, decrypt, destroy, disable,
    schedule_deletion, cancel_deletion, admin, other.
    """

    action: str
    at: datetime | None
    line: int
    ok: bool | None
    principal: str | None = None
    key: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class KeyStoreLogFacts:
    """A log of an HSM or a KMS.

    format: "aws_cloudhsm", "cloudtrail_kms", "yubihsm2", ... counts: action -> number. events: the noteworthy ones
    (never one per encrypt); integrity: "verified", "broken" or "not_checkable"; software: True when the store is no
    hardware (SoftHSM). records: good records; bad_lines: (line, byte offset) of lines that could not be read.
    """

    KIND: ClassVar[str] = "key_store_log"
    format: str
    records: int
    first: datetime | None
    last: datetime | None
    counts: Mapping[str, int]
    gaps: tuple[SequenceGap, ...]
    numbered: bool
    integrity: str
    integrity_reason: str
    events: tuple[KeyEvent, ...] = ()
    principals: tuple[str, ...] = ()
    software: bool | None = None
    bad_lines: tuple[tuple[int, int], ...] = ()
    problems: tuple[Problem, ...] = ()
    inconclusive: str = ""


@dataclass(frozen=True, slots=True)
class StatusFacts:
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


@dataclass(frozen=True, slots=True)
class RaftPeersFacts:
    """`operator raft list-peers` or the autopilot state. zones: node -> redundancy zone where it is said."""

    KIND: ClassVar[str] = "raft_peers"
    voters: tuple[str, ...]
    non_voters: tuple[str, ...]
    leader: str | None
    healthy: bool | None = None
    failure_tolerance: int | None = None
    zones: Mapping[str, str] = field(default_factory=dict)
    inconclusive: str = ""


@dataclass(frozen=True, slots=True)
class VersionFacts:
    """`vault version`. product: "vault" or "openbao". edition: "" for community, else such as "ent.hsm.fips1403"."""

    KIND: ClassVar[str] = "version"
    product: str
    version: str
    edition: str


@dataclass(frozen=True, slots=True)
class ServerLogFacts:
    """A server's own log. events: (code, line, time) of known signatures, such as "unsealed", "seal_unreachable"."""

    KIND: ClassVar[str] = "server_log"
    first: datetime | None
    last: datetime | None
    records: int
    events: tuple[tuple[str, int, datetime | None], ...]
    dev_mode: bool = False
    problems: tuple[Problem, ...] = ()
    bad_lines: tuple[tuple[int, int], ...] = ()
    inconclusive: str = ""


@dataclass(frozen=True, slots=True)
class AuditDevice:
    """One audit device. raw: `log_raw` is on. hmac_accessor: None when the listing does not say."""

    path: str
    type: str
    raw: bool = False
    hmac_accessor: bool | None = None


@dataclass(frozen=True, slots=True)
class AuditDevicesFacts:
    """`vault audit list -detailed -format=json` or `sys/audit`: the enabled audit devices; none is a fact too."""

    KIND: ClassVar[str] = "audit_list"
    devices: tuple[AuditDevice, ...]
    inconclusive: str = ""


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """The `[Service]` section of a systemd unit (and its drop-ins, as `systemctl cat` prints them).

    settings: directive -> its last assignment, as systemd reads it. overrides: names of VAULT_* and BAO_* variables,
    and of those that a seal reads (AWS_REGION), that the unit sets; they beat the configuration file, and their values
    are never kept.
    """

    KIND: ClassVar[str] = "systemd_unit"
    settings: Mapping[str, Setting]
    overrides: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class EnvironmentFacts:
    """A file of environment variables for the server. variables: (name, line); their values are never kept."""

    KIND: ClassVar[str] = "environment"
    variables: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class AgentConfigFacts:
    """The configuration of Vault Agent or Vault Proxy, which is no server's. blocks: (kind, line) at the top level."""

    KIND: ClassVar[str] = "agent_config"
    blocks: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """One path of a policy with what it grants."""

    path: str
    capabilities: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class PolicyFacts:
    """An ACL policy of Vault or OpenBao."""

    KIND: ClassVar[str] = "policy"
    rules: tuple[PolicyRule, ...]


@dataclass(frozen=True, slots=True)
class DeclaredResource:
    """One resource of Terraform. settings: attributes that are literal, `${...}` where they are computed."""

    type: str
    name: str
    line: int
    settings: Mapping[str, Setting] = field(default_factory=dict)

    def line_of(self, name: str) -> int:
        setting = self.settings.get(name)
        return setting.line if setting else self.line


@dataclass(frozen=True, slots=True)
class TerraformFacts:
    """What Terraform code declares about the seal's surroundings: KMS keys, CloudHSM members, buckets for logs.

    Code is an intention: it can show that something is wrong, never that something runs.
    """

    KIND: ClassVar[str] = "terraform"
    resources: tuple[DeclaredResource, ...]

    def of(self, *types: str) -> tuple[DeclaredResource, ...]:
        return tuple(resource for resource in self.resources if resource.type in types)


@dataclass(frozen=True, slots=True)
class KeyStatusFacts:
    """`operator key-status`: the barrier key in use. installed: since when; encryptions: estimated, this term."""

    KIND: ClassVar[str] = "key_status"
    term: int | None
    installed: datetime | None
    encryptions: int | None
    inconclusive: str = ""


@dataclass(frozen=True, slots=True)
class RotationFacts:
    """`sys/rotate/config`: when the barrier key rotates by itself. interval_seconds: 0 = by count only."""

    KIND: ClassVar[str] = "rotation_config"
    enabled: bool | None
    max_operations: int | None
    interval_seconds: int | None
    inconclusive: str = ""


@dataclass(frozen=True, slots=True)
class SealBackendsFacts:
    """`sys/seal-backend-status` (Vault Enterprise): are the seals healthy, is everything wrapped by all of them."""

    KIND: ClassVar[str] = "seal_backend_status"
    healthy: bool | None
    fully_wrapped: bool | None
    backends: tuple[tuple[str, bool | None], ...] = ()
    inconclusive: str = ""


@dataclass(frozen=True, slots=True)
class DiagnoseFacts:
    """`operator diagnose -format=json`. findings: (check, "warn" or "fail", message) in the order of the report."""

    KIND: ClassVar[str] = "diagnose"
    status: str | None
    at: datetime | None
    findings: tuple[tuple[str, str, str], ...]
    inconclusive: str = ""


@dataclass(frozen=True, slots=True)
class HsmObject:
    """One key in a token. attributes: CKA words as the tool prints them ("sensitive", "never extractable", "local").

    value_shown: the tool printed the key itself, so whoever may log in can take it out.
    """

    kind: str
    label: str
    id: str
    line: int
    usage: frozenset[str]
    attributes: frozenset[str]
    value_shown: bool = False

    @property
    def extractable(self) -> bool | None:
        """Whether the key may leave the token; None when the tool does not say."""
        if "extractable" in self.attributes or self.value_shown:
            return True
        return False if "never extractable" in self.attributes or "sensitive" in self.attributes else None


@dataclass(frozen=True, slots=True)
class HsmObjectsFacts:
    """What `pkcs11-tool` lists: objects, slots or mechanisms. software: True when the token is SoftHSM."""

    KIND: ClassVar[str] = "hsm_objects"
    objects: tuple[HsmObject, ...]
    tokens: tuple[tuple[str, str], ...] = ()
    mechanisms: tuple[str, ...] = ()
    software: bool | None = None
    inconclusive: str = ""


@dataclass(frozen=True, slots=True)
class AuditLogFacts:
    """A Vault audit device's file. raw: some value is no keyed hash (log_raw). unpaired: requests without a response.

    operations: (operation, first part of the path) -> number. root_uses: lines on which a token with the root policy
    acted (the first 200). gaps: (line, seconds) of silences above an hour (the first 200).
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


FactsT = TypeVar("FactsT")


@dataclass(frozen=True, slots=True)
class Redaction:
    """One secret that was removed. what: its name or shape ("seal.pkcs11.pin", "shape:vault_token"), not its value."""

    line: int
    what: str


@dataclass(frozen=True, slots=True)
class Artefact:
    """One uploaded file after intake: redacted content, its facts, and what the collector said about it.

    name: base name as given. sha256, size: of the ORIGINAL bytes. content: the REDACTED bytes, the only ones kept.
    kind: a parser's KIND, "document", "opaque", or "refused" (then `error` says why and content is empty).
    node: the Vault node it comes from, as declared. observed_from, observed_to: the period it speaks of (aware, UTC).
    spooled: the redacted bytes went to the caller's sink (a log too large for memory); content is empty then.
    folder: the folder it lay in, where a whole folder was handed in; None else.
    """

    name: str
    sha256: str
    size: int
    kind: str
    content: bytes = b""
    facts: object | None = None
    redactions: tuple[Redaction, ...] = ()
    error: str = ""
    node: str | None = None
    observed_from: datetime | None = None
    observed_to: datetime | None = None
    received_at: datetime | None = None
    source: str = ""
    spooled: bool = False
    folder: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """All artefacts that are judged together. read: the same with a node's files as one (carriers.folder), or ()."""

    artefacts: tuple[Artefact, ...]
    read: tuple[Artefact, ...] = ()

    def of(self, facts_class: type[FactsT]) -> tuple[tuple[Artefact, FactsT], ...]:
        """Every artefact whose facts are of this class, with them, in the order of upload."""
        return tuple((a, a.facts) for a in self.read or self.artefacts if isinstance(a.facts, facts_class))
