"""C-PN-02: the PIN file has mode 0400 or 0600, belongs to the server's user, and ends without a newline.

The doctor looks on the node: owner, mode, last byte, never the PIN. A PIN from an environment file is judged by
that file. A listing of owners and modes can fail the file; it cannot show its last byte, nor as whom the server runs.
"""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.doctor_facts import DoctorPin
from evidence.core.facts import Artefact, ConfigFacts, Evidence
from evidence.core.facts.host import FileListingFacts
from evidence.core.judgement import absent, at, inconclusive, lacking, not_applicable, note, settle
from evidence.core.results import Finding, Result
from evidence.core.seal_facts import artefacts_with_seal, doctors, live_seals, only_other_seals, tried_seals
from evidence.core.sources import VAULT_HARDENING, VAULT_PKCS11, VAULT_SEAL
from seal_advisor.core.words import plural

ID = "C-PN-02"
TITLE = "The PIN file is readable by the server only and has no newline"
NEEDS = ("doctor",)
SOURCES = (VAULT_PKCS11, VAULT_SEAL, VAULT_HARDENING)

SEALS = frozenset({"pkcs11"})
MODES = ("0400", "0600")
WHY = "mode 0400 or 0600, owned by the server, without a trailing newline, which would become part of the PIN"
AGAIN = "then run the doctor again"


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    other = only_other_seals(evidence, demands, SEALS)
    if other:
        return not_applicable(ID, TITLE, other, artefacts_with_seal(evidence))
    reports, findings = doctors(evidence, settings)
    seals = tried_seals(reports)
    if not seals:
        listed = _listed(evidence)
        if listed:
            why = "a listing shows neither the last byte nor the server's user"
            return settle(ID, TITLE, [*findings, *listed, lacking(NEEDS, VAULT_PKCS11, why)], proof="", missing=NEEDS)
    if not seals and not findings:
        return absent(ID, TITLE, NEEDS, VAULT_PKCS11, WHY)
    for artefact, seal in seals:
        findings += _pin(artefact, seal.pin)
    proof = f"{plural(len(seals), 'PIN file')}: mode 0400 or 0600, owned by the server, no newline at the end"
    return settle(ID, TITLE, findings, proof=proof, used=[artefact for artefact, _ in seals], missing=NEEDS)


def _listed(evidence: Evidence) -> list[Finding]:
    """What listings say about the files from which the configurations read their PINs."""
    paths = {
        str(seal.settings["pin"].value).removeprefix("file://")
        for _, config in evidence.of(ConfigFacts)
        for seal in live_seals(config)
        if seal.label == "pkcs11" and "pin" in seal.settings and str(seal.settings["pin"].value).startswith("file:///")
    }
    findings = []
    for artefact, listing in evidence.of(FileListingFacts):
        for file in listing.files:
            if file.path in paths and file.mode not in MODES:
                message = f"{file.path} has mode {file.mode}: others than the server can read or change the PIN"
                findings.append(at(artefact, file.line, message, f"chmod 0400 {file.path}", VAULT_HARDENING))
            elif file.path in paths:
                findings.append(note(f"{file.path} has mode {file.mode} and belongs to {file.owner}", artefact))
    return findings


def _pin(artefact: Artefact, pin: DoctorPin | None) -> list[Finding]:
    if pin is None or pin.form == "absent":
        return [inconclusive(artefact, "no PIN was found on the node", f"set pin, {AGAIN}", VAULT_PKCS11)]
    if pin.form == "literal":
        message = "the PIN stands in the configuration itself, not in a file of its own"
        return [at(artefact, pin.line, message, 'pin = "file:///etc/vault.d/hsm.pin"', VAULT_SEAL)]
    if pin.single_slash:
        message = f"{pin.path} names no file: the server opens something literally called that"
        return [at(artefact, pin.line, message, "file:///PATH, with three slashes", VAULT_SEAL)]
    if pin.path is None:
        why = "the PIN comes from the environment, and the file that sets it was not named"
        return [inconclusive(artefact, why, "run the doctor with --env-file", VAULT_HARDENING)]
    if pin.mode is None or pin.owner is None:
        return [inconclusive(artefact, f"{pin.path} could not be read", f"run it as the server, {AGAIN}", VAULT_PKCS11)]
    return _file(artefact, pin)


def _file(artefact: Artefact, pin: DoctorPin) -> list[Finding]:
    findings = []
    if pin.mode not in MODES:
        message = f"{pin.path} has mode {pin.mode}: others than the server can read or change the PIN"
        findings.append(at(artefact, pin.line, message, f"chmod 0400 {pin.path}", VAULT_HARDENING))
    if pin.trailing_newline:
        message = f"{pin.path} ends with a newline, which becomes part of the PIN"
        findings.append(at(artefact, pin.line, message, f"truncate -s -1 {pin.path}", VAULT_PKCS11))
    elif pin.trailing_newline is None and pin.form == "file":
        findings.append(inconclusive(artefact, f"the last byte of {pin.path} was not read", AGAIN, VAULT_PKCS11))
    if pin.owner_basis not in ("declared", "account"):
        why = f"{pin.path} belongs to {pin.owner}; as whom the server runs is not known"
        findings.append(inconclusive(artefact, why, "run the doctor with --user", VAULT_HARDENING))
    elif pin.owner != pin.server_user:
        message = f"{pin.path} belongs to {pin.owner}; the server runs as {pin.server_user}"
        findings.append(at(artefact, pin.line, message, f"chown {pin.server_user} {pin.path}", VAULT_HARDENING))
    return findings
