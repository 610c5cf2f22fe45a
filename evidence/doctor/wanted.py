"""What the server would use: the seal blocks of its configuration, with the environment on top.

The environment beats the file; the names of its variables come from the catalogue of seals. Values of secrets live in
memory only: they stand in no `repr` and in no message.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from evidence.core.facts import ConfigFacts, Declared, Problem, Stanza
from evidence.core.nodes import node_of_config
from evidence.core.parsers import vault_config
from evidence.core.seal_facts import live_seals
from evidence.core.upload import Refused, intake
from seal_advisor.core.record import Record
from seal_advisor.core.seal_kind import SealKind
from seal_advisor.core.seals import SEALS

SEAL_TYPE = {"vault": ("VAULT_SEAL_TYPE",), "openbao": ("BAO_SEAL_TYPE", "VAULT_SEAL_TYPE")}
_TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})


class Given(Record, unshown=("value",)):
    """One parameter with its value. origin: "vault.hcl:4" or "environment VAULT_HSM_LIB"."""

    name: str
    value: str
    origin: str
    variable: str | None = None
    secret: bool = False


class WantedSeal(Record):
    """One live seal. kind: None when the catalogue does not know it. problems: why the server would refuse it."""

    label: str
    line: int | None
    kind: SealKind | None
    given: Mapping[str, Given]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...] = ()

    def text(self, name: str) -> str | None:
        """The value, None when it is absent or empty."""
        given = self.given.get(name)
        return given.value if given and given.value != "" else None

    def flag(self, name: str) -> bool:
        return self.text(name) in _TRUE


class Wanted(Record):
    """The configuration as far as seals go. variables: names of environment variables that were used."""

    name: str
    sha256: str
    product: str
    product_basis: str
    version: str | None
    node: str | None
    seals: tuple[WantedSeal, ...]

    @property
    def variables(self) -> tuple[str, ...]:
        return tuple(sorted({g.variable for seal in self.seals for g in seal.given.values() if g.variable}))


def read(name: str, data: bytes, declared: Declared, environment: Mapping[str, str]) -> Wanted:
    """The seals of a configuration. Raises Refused, as an upload of it would."""
    artefact = intake(name, data, declared=declared)
    if not isinstance(artefact.facts, ConfigFacts):
        raise Refused("this is no server configuration", "name the file that the server is started with")
    redacted = artefact.facts
    product = redacted.product or "vault"
    # The same parser over the text as it stands: its values are needed for the login, its messages are not used.
    plain = vault_config.parse(data.removeprefix(b"\xef\xbb\xbf").decode(), declared)
    blocks = live_seals(plain)
    seals = tuple(
        _seal(block, name, product, environment, _problems(redacted, block), many=len(blocks) > 1) for block in blocks
    )
    by_environment = next((environment[word] for word in SEAL_TYPE[product] if environment.get(word)), "")
    if not seals:
        seals = (_seal(Stanza("seal", by_environment or "shamir", 0), name, product, environment, (), many=False),)
    elif by_environment and len(seals) == 1 and by_environment != seals[0].label:
        only = blocks[0]
        changed = Stanza(only.kind, by_environment, only.line, only.settings, only.stanzas, (by_environment,))
        seal = _seal(changed, name, product, environment, (), many=False)
        note = f"the environment ({SEAL_TYPE[product][0]}) makes it {by_environment}; the file says {only.label}"
        seals = (WantedSeal(seal.label, seal.line, seal.kind, seal.given, seal.problems, (note,)),)
    node = node_of_config(artefact, redacted)
    return Wanted(name, artefact.sha256, product, redacted.product_basis, redacted.version, node, seals)


def _seal(
    block: Stanza,
    file: str,
    product: str,
    environment: Mapping[str, str],
    problems: tuple[Problem, ...],
    *,
    many: bool,
) -> WantedSeal:
    kind = SEALS.get(block.label.lower())
    name = block.settings.get("name")
    suffix = f"_{name.value if name else block.label}" if many else ""
    given = {
        setting.name: Given(
            setting.name,
            _plain(setting.value),
            f"{file}:{setting.line}",
            secret=kind is None or setting.name in kind.secrets() or kind.parameter(setting.name) is None,
        )
        for setting in block.settings.values()
        if not isinstance(setting.value, (list, dict))
    }
    for parameter in kind.parameters if kind else ():
        for variable in parameter.variables(product):
            if environment.get(variable + suffix):
                value, origin = environment[variable + suffix], f"environment {variable + suffix}"
                given[parameter.name] = Given(parameter.name, value, origin, variable + suffix, parameter.secret)
                break
    missing = tuple(_missing(block, kind, product, given)) if kind else ()
    kept = tuple(problem for problem in problems if not (problem.code == "seal_hmac_key" and _has_hmac(given)))
    return WantedSeal(block.label, block.line or None, kind, given, (*kept, *missing))


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _has_hmac(given: Mapping[str, Given]) -> bool:
    return any(name in given for name in ("hmac_key_label", "default_hmac_key_label", "hmac_key_id"))


# Judged here with the environment in view, and where the secret itself is resolved.
_ELSEWHERE = frozenset({"seal_missing_key", "secret_single_slash"})


def _problems(config: ConfigFacts, block: Stanza) -> tuple[Problem, ...]:
    """Why the server would refuse this block, from the file alone."""
    end = max([block.line, *(setting.line for setting in block.settings.values())])
    return tuple(
        problem
        for problem in config.problems
        if problem.effect == "refused" and problem.code not in _ELSEWHERE and block.line <= (problem.line or 0) <= end
    )


def _missing(block: Stanza, kind: SealKind, product: str, given: Mapping[str, Given]) -> Iterator[Problem]:
    source = kind.documentation(product)[0]
    for name in kind.required(product):
        if name not in given:
            message = f"missing required parameter '{name}', in the file and in the environment"
            yield Problem("seal_missing_key", message, block.line or None, "refused", f'write {name} = "..."', source)
    for group in kind.one_of.get(product, ()):
        if not any(name in given for name in group):
            shown = ", ".join(f"'{name}'" for name in group)
            message = f"must set one of {shown}, in the file or in the environment"
            yield Problem(
                "seal_missing_key", message, block.line or None, "refused", f'write {group[-1]} = "..."', source
            )
