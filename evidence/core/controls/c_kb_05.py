"""C-KB-05: the PKCS#11 seal uses a strong mechanism.

Accepted: AES-GCM (0x1087), AES-CBC-PAD with an HMAC key (0x1085), RSA-OAEP with SHA-256 or better and at least 3072 bit
(0x0009). RSA PKCS#1 v1.5 (0x0001) fails. Left out, Vault takes the best the token offers in the order 0x1085, 0x1082,
0x1087, 0x0009, 0x0001, so the file does not say which. A doctor's report does, and the size of the key.
"""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.doctor_facts import DoctorSeal
from evidence.core.facts import Artefact, ConfigFacts, Evidence, Stanza
from evidence.core.judgement import absent, at, inconclusive, not_applicable, settle
from evidence.core.results import Finding, Result, Verdict
from evidence.core.seal_facts import (
    artefacts_with_seal,
    doctors,
    live_seals,
    only_other_seals,
    refused_here,
    tried,
    tried_seals,
    word,
)
from evidence.core.sources import SP_800_131A, VAULT_PKCS11

ID = "C-KB-05"
TITLE = "The seal's mechanism is strong"
NEEDS = ("vault_config",)
SOURCES = (VAULT_PKCS11, SP_800_131A)

GCM, CBC, CBC_PAD, OAEP, PKCS1 = 0x1087, 0x1082, 0x1085, 0x0009, 0x0001
NAMES = {GCM: "AES-GCM", CBC: "AES-CBC", CBC_PAD: "AES-CBC-PAD", OAEP: "RSA-OAEP", PKCS1: "RSA PKCS#1 v1.5"}
# OpenBao's wrapper also takes names; CKM_ is optional there.
BY_NAME = {"AES_GCM": GCM, "AES_CBC": CBC, "AES_CBC_PAD": CBC_PAD, "RSA_PKCS_OAEP": OAEP, "RSA_PKCS": PKCS1}
BEST = 'mechanism = "0x1087"'
RSA_BITS = 3072


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    other = only_other_seals(evidence, demands, frozenset({"pkcs11"}))
    if other:
        return not_applicable(ID, TITLE, other, artefacts_with_seal(evidence))
    configs = evidence.of(ConfigFacts)
    reports, findings = doctors(evidence, settings)
    tried_now = tried_seals(reports)
    if not configs and not tried_now and not findings:
        return absent(ID, TITLE, NEEDS, VAULT_PKCS11, "the mechanism stands in the seal block")
    for artefact, config in configs:
        findings += refused_here(artefact, config, ID)
        told = any(seal.mechanism is not None for seal in tried(artefact, reports))
        for seal in live_seals(config):
            if seal.label == "pkcs11":
                _mechanism(artefact, config, seal, findings, told=told)
    for artefact, tried_seal in tried_now:
        findings += _of_doctor(artefact, tried_seal)
    proof = "every PKCS#11 seal names an authenticated or approved mechanism"
    used = [artefact for artefact, _ in (*configs, *tried_now)]
    return settle(ID, TITLE, findings, proof=proof, used=used)


def number(text: str) -> int | None:
    """A mechanism as a number: "0x1085", "4229", "CKM_AES_GCM"; None when it is none of these.

    >>> number("0x1085"), number("4229"), number("ckm_aes_gcm"), number("best")
    (4229, 4229, 4231, None)
    """
    word_form = text.strip().upper().removeprefix("CKM_")
    if word_form in BY_NAME:
        return BY_NAME[word_form]
    try:
        return int(text, 0)
    except ValueError:
        return None


def _mechanism(artefact: Artefact, config: ConfigFacts, seal: Stanza, findings: list[Finding], *, told: bool) -> None:
    """told: a doctor's report says what the file leaves open."""
    text = word(artefact, seal, "mechanism", findings, VAULT_PKCS11)
    line = seal.line_of("mechanism")
    if text is None:
        # OpenBao's wrapper knows AES-GCM and RSA-OAEP only, so there an omitted mechanism is a strong one.
        if "mechanism" not in seal.settings and config.product != "openbao" and not told:
            message = "no mechanism: the server takes what the token offers, which may be CBC or RSA PKCS#1 v1.5"
            findings.append(at(artefact, line, message, BEST, VAULT_PKCS11, Verdict.WARN))
        return
    chosen = number(text)
    named = NAMES.get(chosen, text) if chosen is not None else text
    if chosen == PKCS1:
        message = "mechanism RSA PKCS#1 v1.5 is not acceptable for key transport"
        findings.append(at(artefact, line, message, BEST, SP_800_131A))
    elif chosen in (CBC, CBC_PAD):
        if not told and "hmac_key_label" not in seal.settings and "hmac_key_id" not in seal.settings:
            message = f"mechanism {named} without an HMAC key: what is wrapped can be changed unnoticed"
            findings.append(at(artefact, line, message, 'hmac_key_label = "vault-hmac", or ' + BEST, VAULT_PKCS11))
        elif chosen == CBC:
            message = "mechanism AES-CBC without padding; AES-GCM authenticates what it wraps"
            findings.append(at(artefact, line, message, BEST, VAULT_PKCS11, Verdict.WARN))
    elif chosen == OAEP:
        _oaep(artefact, seal, findings, told=told)
    elif chosen != GCM:
        message = f"mechanism {named} is none that the seal can use"
        findings.append(at(artefact, line, message, BEST, VAULT_PKCS11))


def _oaep(artefact: Artefact, seal: Stanza, findings: list[Finding], *, told: bool) -> None:
    digest = word(artefact, seal, "rsa_oaep_hash", findings, VAULT_PKCS11) or "sha256"
    if digest.lower() == "sha1":
        message = "rsa_oaep_hash = sha1 is weaker than the key"
        findings.append(at(artefact, seal.line_of("rsa_oaep_hash"), message, 'rsa_oaep_hash = "sha256"', SP_800_131A))
    if told:
        return
    message = f"RSA-OAEP: the file does not say the key's size; at least {RSA_BITS} bit are needed"
    fix = "pkcs11-tool --module LIB --login --list-objects, or " + BEST
    findings.append(at(artefact, seal.line_of("mechanism"), message, fix, SP_800_131A, Verdict.NOT_PROVEN))


def _of_doctor(artefact: Artefact, seal: DoctorSeal) -> list[Finding]:
    """What was in effect on the node, and whether it worked."""
    findings = [
        at(artefact, check.line, f"on the node: {check.message}", BEST, VAULT_PKCS11)
        for check in seal.checks
        if check.state == "failed" and check.id in ("mechanism", "round_trip")
    ]
    if findings:
        return findings
    if seal.mechanism is None or seal.round_trip is None:
        why = next((check.message for check in seal.checks if check.state == "failed"), "it was not tried")
        return [inconclusive(artefact, f"the mechanism: {why}", "mend that, then run the doctor again", VAULT_PKCS11)]
    line = next((check.line for check in seal.checks if check.id == "mechanism"), None)
    named = f"on the node: mechanism {NAMES.get(seal.mechanism, hex(seal.mechanism))} ({seal.mechanism_basis})"
    if seal.mechanism == PKCS1:
        return [at(artefact, line, f"{named} is not acceptable for key transport", BEST, SP_800_131A)]
    if seal.mechanism == CBC:
        message = f"{named}, without padding; AES-GCM authenticates what it wraps"
        return [at(artefact, line, message, BEST, VAULT_PKCS11, Verdict.WARN)]
    return _rsa_of_doctor(artefact, line, named, seal) if seal.mechanism == OAEP else []


def _rsa_of_doctor(artefact: Artefact, line: int | None, named: str, seal: DoctorSeal) -> list[Finding]:
    findings = []
    if seal.oaep_hash == "sha1":
        findings.append(at(artefact, line, f"{named} with sha1", 'rsa_oaep_hash = "sha256"', SP_800_131A))
    for key in seal.keys:
        if key.selected and key.object_class == "private" and (key.bits or 0) < RSA_BITS:
            size = f"{key.bits} bit" if key.bits else "an unknown size"
            severity = Verdict.FAIL if key.bits else Verdict.NOT_PROVEN
            message = f"{named}: key {key.label} has {size}; at least {RSA_BITS} are needed"
            findings.append(at(artefact, key.line, message, BEST, SP_800_131A, severity))
    return findings
