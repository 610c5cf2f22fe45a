"""Tells the other package which frameworks the controls are mapped to: a design can name these and no others."""

from __future__ import annotations

from evidence.core.frameworks import current


def titles() -> dict[str, str]:
    """Framework id -> title."""
    return {framework.id: framework.title for framework in current()}
