"""C-CA-01: every node has the same PKCS#11 library, version and client configuration.

Node is held against node: files of one name must have one hash. Paths may differ, and a file that only one node lists
is a difference too. One node alone proves nothing, unless its storage can hold no second one.
"""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
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
    if not listings:
        return absent(ID, TITLE, NEEDS, VAULT_PKCS11, WHY)
    alone = single_node(evidence)
    if alone:
        return not_applicable(ID, TITLE, alone, [artefact for artefact, _ in listings])
    findings: list[Finding] = []
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
