"""The control catalogue: one file per control, and the folder is the list.

A control is a module with ID, TITLE, NEEDS (kinds of artefact, see `wanted`), SOURCES and
`check(evidence, demands, settings) -> Result`. A missing name, an id that does not fit its file, an unknown theme or a
double id refuses at import. The order is the catalogue's: by theme, then by number.
"""

from __future__ import annotations

from seal_advisor.core.folder import load, modules

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    from evidence.core.demands import Demands, Settings
    from evidence.core.facts import Evidence
    from evidence.core.results import Result

    class Control(Protocol):
        """What a control's module must hold."""

        @property
        def ID(self) -> str: ...  # noqa: N802 - the module's constant

        @property
        def TITLE(self) -> str: ...  # noqa: N802

        @property
        def NEEDS(self) -> tuple[str, ...]: ...  # noqa: N802

        @property
        def SOURCES(self) -> tuple[str, ...]: ...  # noqa: N802

        def check(self, evidence: Evidence, demands: Demands, settings: Settings) -> Result: ...


# CM crypto module, TL transport, KB key boundary, PN PINs and credentials, AU audit, ST start, RK recovery keys,
# RO rotation, DR disaster recovery, CA change, HD hardening, SD separation of duties, GV governance.
THEMES = ("CM", "TL", "KB", "PN", "AU", "ST", "RK", "RO", "DR", "CA", "HD", "SD", "GV")
NAMES = ("ID", "TITLE", "NEEDS", "SOURCES", "check")


class CatalogueError(Exception):
    """A file in this folder is not a control."""


def read(names: list[str], package: str) -> tuple[Control, ...]:
    """The controls of these modules in catalogue order.

    Raises CatalogueError for a missing name, an id unlike its file name, an unknown theme or a double id.
    """
    controls: dict[str, Control] = {}
    for name in sorted(names):
        module: Any = load(package, name)
        lost = [wanted for wanted in NAMES if not hasattr(module, wanted)]
        if lost:
            raise CatalogueError(f"{package}.{name} has no {', '.join(lost)}")
        control: Control = module
        if control.ID in controls:
            raise CatalogueError(f"{package}.{name}: control {control.ID} exists twice")
        if name != control.ID.lower().replace("-", "_"):
            raise CatalogueError(f"{package}.{name}: its ID is {control.ID}")
        if control.ID.split("-")[1] not in THEMES:
            raise CatalogueError(f"{package}.{name}: no theme {control.ID.split('-')[1]} ({', '.join(THEMES)})")
        controls[control.ID] = control
    return tuple(controls[key] for key in sorted(controls, key=place))


def place(control: str) -> tuple[int, str]:
    """Where a control id stands in the catalogue."""
    return THEMES.index(control.split("-")[1]), control


CONTROLS: tuple[Control, ...] = read(modules(__path__), __name__)
