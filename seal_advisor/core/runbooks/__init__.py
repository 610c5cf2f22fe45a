"""The runbooks: every module in this folder is one and holds one `RUNBOOK`. Adding one is adding a file."""

from __future__ import annotations

from importlib import import_module

from seal_advisor.core.folder import modules
from seal_advisor.core.runbook import Runbook


def _walk() -> tuple[Runbook, ...]:
    found: dict[str, Runbook] = {}
    for module in modules(__path__):
        runbook = getattr(import_module(f"{__name__}.{module}"), "RUNBOOK", None)
        if not isinstance(runbook, Runbook):
            raise TypeError(f"{__name__}.{module} has no RUNBOOK")
        if runbook.name in found:
            raise ValueError(f"{__name__}.{module}: the runbook {runbook.name!r} is there already")
        found[runbook.name] = runbook
    return tuple(found.values())


RUNBOOKS: tuple[Runbook, ...] = _walk()
