"""C-HD-01: secrets do not reach the disk by swap or core dump, and the server is not root.

The file decides one part: since Vault 1.20 integrated storage needs an explicit `disable_mlock`, or the server does not
start; OpenBao removed mlock. Swap, core dumps and the user stand in the service's unit; a node without a swap device
needs no limit in its unit.
"""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Artefact, ConfigFacts, Evidence, UnitFacts
from evidence.core.facts.host import SwapFacts
from evidence.core.judgement import absent, at, lacking, settle
from evidence.core.results import Finding, Result, Verdict
from evidence.core.seal_facts import owner_of, refused_here, switch
from evidence.core.sources import OPENBAO_MIGRATION, VAULT_CONFIG, VAULT_HARDENING

ID = "C-HD-01"
TITLE = "Swap off or memory locked, no core dumps, not root"
NEEDS = ("vault_config", "systemd_unit")
SOURCES = (VAULT_CONFIG, VAULT_HARDENING, OPENBAO_MIGRATION)


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    configs, units = evidence.of(ConfigFacts), evidence.of(UnitFacts)
    if not configs and not units:
        return absent(ID, TITLE, NEEDS, VAULT_HARDENING, "the unit shows swap limit, core dumps and user")
    findings: list[Finding] = []
    locked = bool(configs)
    for artefact, config in configs:
        findings += refused_here(artefact, config, ID)
        locked = _mlock(artefact, config, findings) and locked
    swaps = evidence.of(SwapFacts)
    swapless = {artefact.node for artefact, swap in swaps if not swap.devices}
    for artefact, unit in units:
        # A listing counts for the node that it names; without a name only where there is one listing and one unit.
        alone = len(units) == len(swaps) == 1
        findings += _unit(artefact, unit, locked or ((bool(artefact.node) or alone) and artefact.node in swapless))
    missing = [kind for kind, there in (("vault_config", configs), ("systemd_unit", units)) if not there]
    if missing:
        findings.append(lacking(missing, VAULT_HARDENING, "swap, core dumps and the user stand in the service's unit"))
    used = [artefact for artefact, _ in (*configs, *units, *swaps)]
    proof = "memory cannot reach the disk by swap or core dump, and the server is not root"
    return settle(ID, TITLE, findings, proof=proof, used=used, missing=missing)


def _mlock(artefact: Artefact, config: ConfigFacts, findings: list[Finding]) -> bool:
    """Judges `disable_mlock`; True when this file lets the server lock its memory.

    Where the version is not known, the reader only warns; the verdict depends on it, so nothing is decided.
    """
    for problem in config.problems:
        if problem.effect != "refused" and owner_of(config, problem) == ID:
            source = problem.source or VAULT_CONFIG
            fix = f"{problem.remedy}; or name the version: --product vault:1.21.0"
            findings.append(at(artefact, problem.line, problem.message, fix, source, Verdict.CANNOT_DECIDE))
    if config.product == "openbao":
        return False
    return switch(artefact, config.root, "disable_mlock", findings, VAULT_CONFIG) is False


def _unit(artefact: Artefact, unit: UnitFacts, locked: bool) -> list[Finding]:
    findings = []
    user = unit.settings.get("User")
    if user is None or user.value in {"root", "0"}:
        message = "the server runs as root: the unit names no other User"
        findings.append(at(artefact, user.line if user else None, message, "User=vault", VAULT_HARDENING))
    core = unit.settings.get("LimitCORE")
    if core is None or core.value not in {"0", "0:0"}:
        message = "core dumps are not switched off"
        findings.append(at(artefact, core.line if core else None, message, "LimitCORE=0", VAULT_HARDENING))
    swap = unit.settings.get("MemorySwapMax")
    if not locked and (swap is None or swap.value != "0"):
        message = "memory may be swapped out: it is not locked, and the unit does not forbid swap"
        findings.append(at(artefact, swap.line if swap else None, message, "MemorySwapMax=0", VAULT_HARDENING))
    return findings
