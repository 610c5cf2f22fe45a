"""C-AU-06: every start of the server is seen by the HSM or KMS, within 60 seconds.

A start that the key store does not know of points at another key, another server, or a log with holes. The 60 seconds
are ours, not a standard's. CloudHSM logs logins, never the unwrap itself.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Evidence, KeyStoreLogFacts, ServerLogFacts
from evidence.core.judgement import absent, at, lacking, not_applicable, settle
from evidence.core.results import Finding, Result, Verdict
from evidence.core.seal_facts import artefacts_with_seal, only_other_seals
from evidence.core.sources import CLOUDHSM_AUDIT, SP_800_53
from seal_advisor.core.words import plural

ID = "C-AU-06"
TITLE = "Starts of the server correlate with logins at the HSM or KMS"
NEEDS = ("server_log", "key_store_log")
SOURCES = (SP_800_53, CLOUDHSM_AUDIT)

SEALS = frozenset({"pkcs11", "cloud_kms", "kmip", "transit"})
NEAR = timedelta(seconds=60)
AT_START = ("login", "decrypt", "unwrap")


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    other = only_other_seals(evidence, demands, SEALS)
    if other:
        return not_applicable(ID, TITLE, other, artefacts_with_seal(evidence))
    logs, stores = evidence.of(ServerLogFacts), evidence.of(KeyStoreLogFacts)
    missing = [kind for kind, there in (("server_log", logs), ("key_store_log", stores)) if not there]
    if missing:
        return absent(ID, TITLE, missing, SP_800_53, "each start has a login or a decrypt within 60 seconds")
    uses = [event.at for _, store in stores for event in store.events if event.action in AT_START and event.at]
    findings: list[Finding] = []
    starts = 0
    for artefact, log in logs:
        for code, line, moment in log.events:
            if code == "unsealed" and moment is not None:
                starts += 1
                if not _near(moment, uses):
                    message = f"unsealed at {moment:%Y-%m-%d %H:%M:%S}Z, but the key store saw no login or decrypt then"
                    fix = "give the key store's log of that moment, or find out which key unsealed this server"
                    findings.append(at(artefact, line, message, fix, SP_800_53, _weight(moment, stores)))
    if not starts:
        findings.append(lacking(("server_log",), SP_800_53, "the log given shows no dated unseal"))
    used = [artefact for artefact, _ in (*logs, *stores)]
    proof = f"{plural(starts, 'unseal')}, each with a login or decrypt within {NEAR.seconds} seconds"
    return settle(ID, TITLE, findings, proof=proof, used=used, missing=("server_log",))


def _near(moment: datetime, uses: list[datetime]) -> bool:
    return any(abs(use - moment) <= NEAR for use in uses)


def _weight(moment: datetime, stores: tuple[tuple[object, KeyStoreLogFacts], ...]) -> Verdict:
    """A fail where the key store's log covers the moment; else its part is missing."""
    covered = any(s.first and s.last and s.first - NEAR <= moment <= s.last + NEAR for _, s in stores)
    return Verdict.FAIL if covered else Verdict.NOT_PROVEN
