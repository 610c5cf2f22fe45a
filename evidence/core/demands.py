"""What the decision demands of the running system: the yardstick of every control."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from seal_advisor.core.record import Record, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from evidence.core.facts import ConfigFacts

    class OptionState(Protocol):
        """One option as the rules engine judged it."""

        @property
        def id(self) -> str: ...
        @property
        def state(self) -> str: ...

    class Given(Protocol):
        """The answers inside a decision."""

        @property
        def values(self) -> Mapping[str, str | None]: ...

    class Decided(Protocol):
        """What is read of a `seal_advisor.core.rules.Decision`."""

        @property
        def status(self) -> str: ...
        @property
        def recommended(self) -> tuple[str, ...]: ...
        @property
        def options(self) -> tuple[OptionState, ...]: ...
        @property
        def answers(self) -> Given: ...


# Options whose key is in software whatever guards it (CONTRACT section 2, "What the options mean").
SOFTWARE_OPTIONS = frozenset({"shamir", "static", "transit"})
# Boundaries and levels that no software module can meet: FIPS 140-3 level 3 demands physical security.
HARDWARE_BOUNDARIES = frozenset({"shared_hsm", "dedicated_hsm"})
HARDWARE_LEVELS = frozenset({"l3", "l4"})


class Demands(Record):
    """The decision, as far as evidence can be held against it.

    seals: option ids (pkcs11, cloud_kms, shamir, transit, ...) that the decision admits; None without answers.
    possible: option ids that the answers do not exclude but that the decision did not choose.
    design: the configuration that the decision's design holds, where it was generated (see `drift`).
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
    possible: frozenset[str] = frozenset()
    design: ConfigFacts | None = None

    @property
    def hardware(self) -> bool:
        """Must the seal key stay inside hardware?"""
        return self.boundary in HARDWARE_BOUNDARIES or self.fips_level in HARDWARE_LEVELS

    @property
    def fips(self) -> bool:
        """Is a validated module, of whatever standard, demanded at all?"""
        return self.fips_standard != "none" and self.fips_level != "none"

    @property
    def legacy(self) -> bool:
        """Does the auditor still accept FIPS 140-2 modules (historical list, existing applications only)?"""
        return self.fips_standard == "fips_140_2_legacy"


class Settings(Record):
    """Thresholds of the controls (ours, not a standard's, unless the comment says so) and the clock.

    now: the moment of judgement, aware. observed_from, observed_to: the period under review, None = not declared.
    """

    now: datetime
    observed_from: datetime | None = None
    observed_to: datetime | None = None
    certificate_life_left: float = 0.15  # `operator diagnose` warns below 15 % of a certificate's lifetime
    scan_max_age: timedelta = timedelta(days=90)
    certificate_max_age: timedelta = timedelta(days=90)
    runtime_max_age: timedelta = timedelta(days=90)


def strict() -> Demands:
    """The profile without answers: FIPS 140-3 and SP 800-52r2.

    It demands no seal kind. It does demand that the seal can stand on a validated module at all, so a static key file
    and the SoftHSM library fail, while Shamir, a PKCS#11 HSM, a cloud KMS and transit remain to be shown (C-CM-01).
    """
    return Demands(
        basis="strict profile",
        seals=None,
        product=None,
        version=None,
        fips_standard="fips_140_3",
        fips_level="l1",
        boundary="validated_module",
    )


def from_decision(decision: Decided) -> Demands:
    """What the answers and the decision demand.

    Admitted are the recommended options; while the decision is open, every option that is not excluded; with status
    "none" no seal at all. An unanswered FIPS or boundary question reads as the strict profile has it: what nobody has
    ruled out is still demanded.
    """
    values = decision.answers.values
    alive = frozenset(option.id for option in decision.options if option.state != "excluded")
    chosen = alive if decision.status == "open" else frozenset(decision.recommended)
    platform = values.get("platform") or ""
    fallback = strict()
    return Demands(
        basis="decision",
        seals=chosen,
        possible=alive - chosen,
        product="openbao" if platform.startswith("openbao") else "vault" if platform else None,
        version=values.get("platform_version") or {"openbao_2_6": "2.6", "openbao_2_7": "2.7"}.get(platform),
        fips_standard=values.get("fips_standard") or fallback.fips_standard,
        fips_level=values.get("fips_level") or fallback.fips_level,
        boundary=values.get("boundary") or fallback.boundary,
        answers=dict(values),
    )
