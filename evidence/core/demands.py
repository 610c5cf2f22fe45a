"""What the decision demands of the running system: the yardstick of every control."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Demands:
    """The decision, as far as evidence can be held against it.

    seals: option ids (pkcs11, cloud_kms, shamir, transit, ...) that the decision admits; None when no answers were given.
    basis: "decision" or "strict profile" (FIPS 140-3, SP 800-52r2; used when there are no answers).
    answers: the answers themselves, by question id, for what has no field of its own.
    """

    basis: str
    seals: frozenset[str] | None
    product: str | None
    version: str | None
    fips_standard: str
    fips_level: str
    boundary: str
    answers: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settings:
    """Thresholds of the controls (ours, not a standard's, unless the comment says so) and the clock.

    now: the moment of judgement, aware. observed_from, observed_to: the period under review, None = not declared.
    """

    now: datetime
    observed_from: datetime | None = None
    observed_to: datetime | None = None
    certificate_life_left: float = 0.15  # `operator diagnose` warns below 15 % of a certificate's lifetime
    scan_max_age: timedelta = timedelta(days=90)
    runtime_max_age: timedelta = timedelta(days=90)
