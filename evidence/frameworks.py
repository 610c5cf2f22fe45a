"""Tells the other package which frameworks the controls are mapped to: a design can name these and no others."""

from __future__ import annotations

from evidence.core.frameworks import current
from seal_advisor.frameworks import register

register({framework.id: framework.title for framework in current()})
