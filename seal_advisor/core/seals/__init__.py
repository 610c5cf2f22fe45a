"""The catalogue of seals: every module in this folder is one kind and holds one `SEAL`.

Adding a kind is adding a file. A module without SEAL, or a second one of the same name, refuses loudly at import.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from seal_advisor.core.folder import load, modules
from seal_advisor.core.seal_kind import SealKind


def _walk() -> dict[str, SealKind]:
    found: dict[str, SealKind] = {}
    for module in modules(__path__):
        seal = getattr(load(__name__, module), "SEAL", None)
        if not isinstance(seal, SealKind):
            raise TypeError(f"{__name__}.{module} has no SEAL")
        if seal.name in found:
            raise ValueError(f"{__name__}.{module}: the seal {seal.name!r} is there already")
        found[seal.name] = seal
    return found


SEALS: Mapping[str, SealKind] = MappingProxyType(_walk())


def secret_parameters() -> Mapping[str, frozenset[str]]:
    """Seal kind -> names of the parameters whose literal value is a secret."""
    return {name: seal.secrets() for name, seal in SEALS.items()}


def seals_for(option: str) -> tuple[SealKind, ...]:
    """The kinds that realise an option of the decision, by name."""
    return tuple(seal for seal in SEALS.values() if seal.option == option)
