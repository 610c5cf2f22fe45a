"""C-CA-01: every node has the same PKCS#11 library, version and client configuration.

Node is held against node: files of one name must have one hash. Paths may differ, and a file that only one node lists
is a difference too. One node alone proves nothing, unless its storage can hold no second one. The doctor's report of a
node says which library it loaded: another one than elsewhere fails, the same one says nothing of the configuration.
"""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.doctor_facts import DoctorFacts
from evidence.core.facts import Artefact, Evidence
from evidence.core.facts.host import HashedFile, LibraryListingFacts
from evidence.core.judgement import absent, at, lacking, not_applicable, settle
from evidence.core.nodes import members, single_node
from evidence.core.results import Finding, Result
from evidence.core.seal_facts import artefacts_with_seal, only_other_seals
from evidence.core.sources import VAULT_PKCS11

ID = "C-CA-01"
TITLE = "The PKCS#11 client is the same on all nodes"
NEEDS = ("library_listing",)
SOURCES = (VAULT_PKCS11,)

SEALS = frozenset({"pkcs11"})
WHY = "hash of library and configuration from every node"
SAME = "install one version of the client with one configuration on every node"

Listed = tuple[Artefact, dict[str, HashedFile]]


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    other = only_other_seals(evidence, demands, SEALS)
    if other:
        return not_applicable(ID, TITLE, other, artefacts_with_seal(evidence))
    listings: list[Listed] = [
        (artefact, {file.path.rsplit("/", 1)[-1]: file for file in listing.files})
        for artefact, listing in evidence.of(LibraryListingFacts)
    ]
    loaded = _loaded(evidence)
    findings = _other_library([*listings, *loaded])
    if not listings:
        if not findings:
            return absent(ID, TITLE, NEEDS, VAULT_PKCS11, WHY)
        findings.append(lacking(NEEDS, VAULT_PKCS11, WHY))
        return settle(ID, TITLE, findings, proof="", used=[artefact for artefact, _ in loaded], missing=NEEDS)
    alone = single_node(evidence)
    if alone:
        return not_applicable(ID, TITLE, alone, [artefact for artefact, _ in listings])
    for listing in listings[1:]:
        findings += _unlike(listings[0], listing)
    nodes = {artefact.node or "" for artefact, _ in listings} - {""}
    lost = members(evidence) - nodes
    if len(nodes) < 2:
        why = "hashes of at least two nodes are needed; name a listing's node with --node NAME=PATH"
        findings.append(lacking(NEEDS, VAULT_PKCS11, why))
    elif lost:
        findings.append(lacking(NEEDS, VAULT_PKCS11, f"no hashes of {', '.join(sorted(lost))}"))
    proof = f"{', '.join(sorted(listings[0][1]))} have the same hash on {', '.join(sorted(nodes))}"
    return settle(ID, TITLE, findings, proof=proof, used=[artefact for artefact, _ in listings], missing=NEEDS)


def _loaded(evidence: Evidence) -> list[Listed]:
    """The libraries that the doctor loaded, each as a listing of its one file."""
    return [
        (artefact, {seal.library_path.rsplit("/", 1)[-1]: HashedFile(seal.library_path, seal.library_sha256, line)})
        for artefact, report in evidence.of(DoctorFacts)
        for seal in report.of_kind("pkcs11")
        for line in [seal.library_line or 1]
        if seal.library_path and seal.library_sha256
    ]


def _other_library(all_listings: list[Listed]) -> list[Finding]:
    """A finding for each library that the doctor loaded and that has another hash under that name elsewhere."""
    findings: list[Finding] = []
    for place, (artefact, files) in enumerate(all_listings):
        if not isinstance(artefact.facts, DoctorFacts):
            continue
        for name, here in files.items():
            others = [one for one in all_listings[:place] if name in one[1] and one[1][name].sha256 != here.sha256]
            if others:
                first, known = others[0]
                there = f"{known[name].sha256[:12]}... in {first.name}"
                message = f"the doctor loaded {name} with the hash {here.sha256[:12]}... here, but it has {there}"
                findings.append(at(artefact, here.line, message, SAME, VAULT_PKCS11))
    return findings


def _unlike(reference: Listed, listing: Listed) -> list[Finding]:
    (first, known), (artefact, files) = reference, listing
    findings = []
    for name in sorted({*known, *files}):
        here, there = files.get(name), known.get(name)
        if here is None and there is not None:
            message = f"{name} is listed in {first.name}, but not in {artefact.name}"
            findings.append(at(first, there.line, message, SAME, VAULT_PKCS11))
        elif there is None and here is not None:
            message = f"{name} is listed here, but not in {first.name}"
            findings.append(at(artefact, here.line, message, SAME, VAULT_PKCS11))
        elif here is not None and there is not None and here.sha256 != there.sha256:
            message = f"{name} has the hash {here.sha256[:12]}... here, but {there.sha256[:12]}... in {first.name}"
            findings.append(at(artefact, here.line, message, SAME, VAULT_PKCS11))
    return findings
