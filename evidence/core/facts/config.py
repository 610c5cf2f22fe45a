"""A server configuration as facts: settings and blocks with their places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from evidence.core.facts.common import Problem
from seal_advisor.core.record import Record, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar


class Setting(Record):
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


class Stanza(Record):
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


class ConfigFacts(Record):
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
