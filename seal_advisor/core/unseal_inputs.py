"""The inputs of the time to unseal: every one is OUR assumption until a user puts in a figure of their own.

Names end in the unit (min, h, s, ms); shares and availabilities run from 0 to 1. `SPECS` says what each means, its
range, whose estimate it enters, and why we assume the default.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seal_advisor.core import scales, words
from seal_advisor.core.record import Record, replace

ALL = ("pkcs11", "cloud_kms", "shamir", "transit", "multi_seal", "kmip", "static")
REMOTE = ("pkcs11", "cloud_kms", "transit", "multi_seal", "kmip")
HTTPS = ("cloud_kms", "transit", "multi_seal", "kmip")
KMS = ("cloud_kms", "multi_seal")
PEOPLE = ("shamir",)
LONGEST_RTO = 1e6  # minutes, about two years


class InputsError(Exception):
    """An input is unknown or out of its range; the text names it, the range and the nearest valid name."""


class Spec(Record):
    """What an input means. low and high: its range, both included. options: whose estimate it enters.

    worse: "more", "less", or "down" (an availability, where twice the unavailability is worse); "" if it is no cause.
    """

    label: str
    unit: str
    low: float
    high: float
    worse: str
    options: tuple[str, ...]
    why: str


class Inputs(Record):
    """All inputs with our defaults. Raises InputsError when one is out of range or two contradict each other."""

    rto_min: float | None = None
    nodes: int = 3
    restarts_a_month: float = 1.0
    node_start_s: float = 30.0
    fault_share: float = 0.01
    fault_repair_min: float = 60.0
    shares: int = 5
    threshold: int = 3
    holder_days_a_week: int = 7
    holder_hours_a_day: float = 24.0
    holder_reached: float = 0.9
    holder_median_min: float = 15.0
    holder_p90_min: float = 60.0
    holder_absence_h: float = 16.0
    entry_min: float = 2.0
    seal_calls: int = 5
    path_availability: float = 0.9999
    path_repair_h: float = 1.0
    hsm_members: int = 2
    hsm_availability: float = 0.999
    hsm_repair_h: float = 24.0
    hsm_latency_ms: float = 10.0
    kms_availability: float = 0.9999
    kms_repair_h: float = 2.0
    kms_latency_ms: float = 100.0
    unsealer_availability: float = 0.999
    unsealer_repair_h: float = 2.0
    token_valid: float = 0.999
    token_repair_min: float = 60.0
    seals: int = 2
    kmip_servers: int = 2
    kmip_availability: float = 0.999
    kmip_repair_h: float = 8.0

    def __post_init__(self) -> None:
        for name, spec in SPECS.items():
            value = getattr(self, name)
            if value is None and name == "rto_min":
                continue
            if not spec.low <= value <= spec.high:  # refuses NaN too
                raise InputsError(
                    f"{name}: {value:g} is out of range; {spec.low:g} to {spec.high:g} {spec.unit}".rstrip()
                )
        if self.threshold > self.shares:
            raise InputsError(f"threshold: {self.threshold} of {self.shares} shares can never come together")
        if self.holder_p90_min <= self.holder_median_min:
            raise InputsError("holder_p90_min: must be above holder_median_min")


SPECS: Mapping[str, Spec] = {
    "rto_min": Spec(
        "Recovery time objective", "min", 0.1, LONGEST_RTO, "", ALL, "From the answers; without it no share is given."
    ),
    "nodes": Spec(
        "Nodes of the cluster", "", 1, 99, "more", PEOPLE, "The usual small cluster; a majority must be unsealed."
    ),
    "restarts_a_month": Spec(
        "Restarts of the cluster", "a month", 0, 10_000, "", ALL, "Patches and upgrades once a month."
    ),
    "node_start_s": Spec(
        "Start of a node until it asks its seal", "s", 0, 3600, "more", ALL, "Process start and storage."
    ),
    "fault_share": Spec(
        "Starts that fail for a fault of our own",
        "share",
        0,
        1,
        "more",
        ALL,
        "An expired certificate, a changed right, a wrong PIN, a full disk: one start in a hundred.",
    ),
    "fault_repair_min": Spec(
        "Time to find and repair such a fault", "min", 0.1, 1e5, "more", ALL, "Someone on call, an hour."
    ),
    "shares": Spec("Unseal key shares", "", 1, 50, "less", PEOPLE, "The product's default."),
    "threshold": Spec("Shares needed", "", 1, 50, "more", PEOPLE, "The product's default."),
    "holder_days_a_week": Spec("Days on which holders can be called", "a week", 1, 7, "less", PEOPLE, "Every day."),
    "holder_hours_a_day": Spec(
        "Hours on which holders can be called", "a day", 0.5, 24, "less", PEOPLE, "Round the clock."
    ),
    "holder_reached": Spec(
        "Holders who are reached at once", "share", 0, 1, "down", PEOPLE, "Leave, travel, sleep: nine of ten."
    ),
    "holder_median_min": Spec(
        "Half of those are ready within", "min", 0.1, 1e5, "more", PEOPLE, "Wake up, sign in, fetch the share."
    ),
    "holder_p90_min": Spec("Nine of ten are ready within", "min", 0.1, 1e6, "more", PEOPLE, "Some must travel first."),
    "holder_absence_h": Spec(
        "A holder not reached is ready after another", "h", 0.1, 1e4, "more", PEOPLE, "The next morning."
    ),
    "entry_min": Spec("Entering one share on one node", "min", 0, 600, "more", PEOPLE, "Sign in, fetch, type, check."),
    "seal_calls": Spec(
        "Calls to the seal at a start, one after another",
        "",
        1,
        1_000_000,
        "more",
        REMOTE,
        "A handful; on Vault Enterprise each wrapped entry that is read at the start adds one.",
    ),
    "path_availability": Spec(
        "Path to the seal is up", "share", 0, 1, "down", REMOTE, "Network, DNS, firewall, proxy: 53 minutes a year."
    ),
    "path_repair_h": Spec("Mean time to repair the path", "h", 0.01, 1e5, "more", REMOTE, "Network staff on call."),
    "hsm_members": Spec("HSMs that hold the key", "", 1, 32, "less", ("pkcs11",), "The smallest cluster."),
    "hsm_availability": Spec(
        "One HSM answers", "share", 0, 1, "down", ("pkcs11",), "9 hours a year, maintenance included."
    ),
    "hsm_repair_h": Spec(
        "Mean time to repair or replace an HSM", "h", 0.01, 1e5, "more", ("pkcs11",), "A spare and the next day."
    ),
    "hsm_latency_ms": Spec("One call to the HSM", "ms", 0, 1e5, "more", ("pkcs11",), "In the same data centre."),
    "kms_availability": Spec("Cloud KMS answers", "share", 0, 1, "down", KMS, "53 minutes a year."),
    "kms_repair_h": Spec("Mean length of a KMS outage", "h", 0.01, 1e5, "more", KMS, "A regional outage of hours."),
    "kms_latency_ms": Spec("One call to the KMS", "ms", 0, 1e5, "more", HTTPS, "HTTPS or TLS, same region."),
    "unsealer_availability": Spec(
        "Unsealing Vault is unsealed and answers",
        "share",
        0,
        1,
        "down",
        ("transit",),
        "9 hours a year; its own seal counts.",
    ),
    "unsealer_repair_h": Spec(
        "Mean time to recover the unsealing Vault", "h", 0.01, 1e5, "more", ("transit",), "Its own unseal first."
    ),
    "token_valid": Spec(
        "Token for the unsealing Vault is valid",
        "share",
        0,
        1,
        "down",
        ("transit",),
        "Renewed without fail but for one start in a thousand.",
    ),
    "token_repair_min": Spec(
        "Time to make and place a new token", "min", 0.1, 1e5, "more", ("transit",), "Someone on call, an hour."
    ),
    "seals": Spec(
        "Independent seals (cloud keys)", "", 2, 3, "less", ("multi_seal",), "Two; the product allows three."
    ),
    "kmip_servers": Spec("KMIP servers that hold the key", "", 1, 32, "less", ("kmip",), "A pair."),
    "kmip_availability": Spec(
        "One KMIP server answers", "share", 0, 1, "down", ("kmip",), "9 hours a year, maintenance included."
    ),
    "kmip_repair_h": Spec("Mean time to repair a KMIP server", "h", 0.01, 1e5, "more", ("kmip",), "A working day."),
}


def given(values: Mapping[str, str | None]) -> Inputs:
    """Our defaults, with what the answers say put in: rto, key_holders, restarts, hsm."""
    changes: dict[str, Any] = {}
    if values.get("rto"):
        changes["rto_min"] = min(LONGEST_RTO, max(0.1, scales.duration(str(values["rto"])) / scales.MINUTE))
    holders = {
        "office_hours": {"holder_days_a_week": 5, "holder_hours_a_day": 8.0},
        "around_the_clock": {"holder_reached": 0.95, "holder_median_min": 5.0, "holder_p90_min": 20.0},
    }
    changes |= holders.get(values.get("key_holders") or "", {})
    a_month = {"rare": 0.2, "monthly": 1.0, "weekly": 4.0, "orchestrated": 30.0}.get(values.get("restarts") or "")
    if a_month is not None:
        changes["restarts_a_month"] = a_month
    if values.get("hsm") == "single":
        changes["hsm_members"] = 1
    return replace(Inputs(), **changes)


def changed(inputs: Inputs, values: Mapping[str, str]) -> Inputs:
    """The inputs with those of a form or a command line put in: name -> text of a number, "" for none (rto_min only).

    Raises InputsError for an unknown name, for what is no number and for what is out of range.
    """
    changes: dict[str, Any] = {}
    whole = {name for name, kind in Inputs.__annotations__.items() if kind == "int"}
    for name, value in values.items():
        words.known(name, SPECS, "no input", InputsError)
        if name == "rto_min" and not value.strip():
            changes[name] = None
            continue
        try:
            changes[name] = int(value) if name in whole else float(value)
        except ValueError:
            kind = "whole number" if name in whole else "number"
            raise InputsError(f"{name}: {scales.shown(value)} is no {kind}") from None
    return replace(inputs, **changes)
