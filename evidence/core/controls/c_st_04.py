"""C-ST-04: the seal's key service stays reachable, and its loss is noticed.

The server log of the period shows no failure of the seal. A short excerpt proves little, so the period of the log is
named in the reason.
"""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Evidence, SealBackendsFacts, ServerLogFacts
from evidence.core.judgement import absent, at, fresh, inconclusive, not_applicable, settle
from evidence.core.results import Finding, Result, Verdict
from evidence.core.seal_facts import artefacts_with_seal, only_other_seals
from evidence.core.sources import VAULT_SEAL_HA

ID = "C-ST-04"
TITLE = "The seal's key service stays reachable"
NEEDS = ("server_log", "alert_rules")
SOURCES = (VAULT_SEAL_HA,)

SEALS = frozenset({"pkcs11", "cloud_kms", "transit", "kmip"})
# Signatures of the server log (see `signatures`) that say that the seal's key service failed.
TROUBLE = frozenset(
    [
        "T03",
        "T09",
        "T10",
        "T11",
        "T12",
        "T13",
        "T14",
        "T15",
        "T16",
        "T22",
        "T23",
        "T26",
        "T30",
        "T32",
        "T33",
        "T34",
        "T35",
    ]
)
AGAIN = "journalctl -u vault -o cat --since FROM --until TO"


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    other = only_other_seals(evidence, demands, SEALS)
    if other:
        return not_applicable(ID, TITLE, other, artefacts_with_seal(evidence))
    logs, findings = fresh(evidence.of(ServerLogFacts), lambda log: log.last, settings, settings.runtime_max_age)
    if not logs and not findings:
        return absent(ID, TITLE, NEEDS, VAULT_SEAL_HA, "failures of the seal show there")
    spans: list[str] = []
    findings += _backends(evidence)
    for artefact, log in logs:
        findings += [
            at(artefact, problem.line, problem.message, problem.remedy, problem.source or VAULT_SEAL_HA)
            for problem in log.problems
            if problem.code in TROUBLE
        ]
        if log.inconclusive or log.first is None or log.last is None:
            why = log.inconclusive or "it carries no dates"
            findings.append(inconclusive(artefact, why, AGAIN, VAULT_SEAL_HA))
        else:
            spans.append(f"{log.first:%Y-%m-%d %H:%M} to {log.last:%Y-%m-%d %H:%M}")
            findings += _period(artefact.name, log, settings)
    proof = f"no seal failure from {', '.join(spans)}"
    return settle(ID, TITLE, findings, proof=proof, used=[artefact for artefact, _ in logs], missing=("server_log",))


def _backends(evidence: Evidence) -> list[Finding]:
    """What Vault Enterprise says about its own seals."""
    return [
        at(
            artefact,
            None,
            "the server says that a seal is not healthy",
            "check HSM, network, credentials",
            VAULT_SEAL_HA,
        )
        for artefact, backends in evidence.of(SealBackendsFacts)
        if backends.healthy is False
    ]


def _period(name: str, log: ServerLogFacts, settings: Settings) -> list[Finding]:
    begin, end = settings.observed_from, settings.observed_to
    if begin is None or end is None or log.first is None or log.last is None:
        return []
    if log.first <= begin and log.last >= end:
        return []
    message = (
        f"the log covers {log.first:%Y-%m-%d} to {log.last:%Y-%m-%d}, the period is {begin:%Y-%m-%d} to {end:%Y-%m-%d}"
    )
    from_period = AGAIN.replace("FROM", f"{begin:%Y-%m-%d}").replace("TO", f"{end:%Y-%m-%d}")
    return [Finding(message, name, None, from_period, VAULT_SEAL_HA, Verdict.NOT_PROVEN)]
