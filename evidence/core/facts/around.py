"""What stands around a server: its unit and environment, agents, policies, and what code declares."""

from __future__ import annotations

from collections.abc import Mapping

from evidence.core.facts.config import Setting
from seal_advisor.core.record import Record, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar


class UnitFacts(Record):
    """The `[Service]` section of a systemd unit (and its drop-ins, as `systemctl cat` prints them).

    settings: directive -> its last assignment, as systemd reads it. overrides: names of VAULT_* and BAO_* variables,
    and of those that a seal reads (AWS_REGION), that the unit sets; they beat the configuration file, and their values
    are never kept.
    """

    KIND: ClassVar[str] = "systemd_unit"
    settings: Mapping[str, Setting]
    overrides: tuple[tuple[str, int], ...] = ()


class EnvironmentFacts(Record):
    """A file of environment variables for the server. variables: (name, line); their values are never kept."""

    KIND: ClassVar[str] = "environment"
    variables: tuple[tuple[str, int], ...]


class AgentConfigFacts(Record):
    """The configuration of Vault Agent or Vault Proxy, which is no server's. blocks: (kind, line) at the top level."""

    KIND: ClassVar[str] = "agent_config"
    blocks: tuple[tuple[str, int], ...]


class PolicyRule(Record):
    """One path of a policy with what it grants."""

    path: str
    capabilities: tuple[str, ...]
    line: int


class PolicyFacts(Record):
    """An ACL policy of Vault or OpenBao."""

    KIND: ClassVar[str] = "policy"
    rules: tuple[PolicyRule, ...]


class DeclaredResource(Record):
    """One resource of Terraform. settings: attributes that are literal, `${...}` where they are computed."""

    type: str
    name: str
    line: int
    settings: Mapping[str, Setting] = field(default_factory=dict)

    def line_of(self, name: str) -> int:
        setting = self.settings.get(name)
        return setting.line if setting else self.line


class TerraformFacts(Record):
    """What Terraform code declares about the seal's surroundings: KMS keys, CloudHSM members, buckets for logs.

    Code is an intention: it can show that something is wrong, never that something runs.
    """

    KIND: ClassVar[str] = "terraform"
    resources: tuple[DeclaredResource, ...]

    def of(self, *types: str) -> tuple[DeclaredResource, ...]:
        return tuple(resource for resource in self.resources if resource.type in types)
