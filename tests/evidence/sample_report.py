"""The sample report: the sample design with evidence, statements, sign-offs and a package before it.

The same bytes on every run, so that the pictures in docs/screenshots/ can be held against it. `UPDATE_DOCS=1 pytest
tests/evidence/test_report_pages.py` draws them anew; whoever does looks at every one.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from asn1crypto import keys
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PublicFormat
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from cryptography.x509 import load_der_x509_certificate

from evidence.core import archive, signing
from evidence.core.approved import approved
from evidence.core.contents import PackageInput
from evidence.core.demands import Settings
from evidence.core.examine import examine
from evidence.core.facts import Evidence
from evidence.core.results import Verdict
from evidence.core.sign_offs import SignOff
from evidence.core.signing import SigningKey
from evidence.core.upload import intake
from evidence.core.waivers import Attestation, Waiver
from seal_advisor.core import explain, rules, ruleset
from seal_advisor.core.answers import parse
from seal_advisor.core.record import replace
from seal_advisor.services import SAMPLE_ANSWERS, SAMPLE_TITLE

SAMPLES = Path(__file__).parent.parent / "data/samples"
NOW = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)
FILES = (
    "conf/pkcs11-softhsm.hcl",
    "tls/loose.sslscan.xml",
    "tls/strict.testssl-flat.json",
    "runtime/strict.raft-list-peers.json",
    "runtime/strict.audit-list.json",
    "runtime/strict.key-status.json",
    "runtime/pkcs11-softhsm.diagnose.json",
    "hsm/softhsm-pkcs11-tool-O.txt",
    "hsm/cloudhsm-complete.log",
    "audit/bao-audit-file.jsonl",
)
REVISION = "7d" * 32
SIGN_OFFS = (
    SignOff("Rita Okafor", "Reviewer", "signed_off", NOW - timedelta(days=2), 3, REVISION),
    SignOff(
        "Dora Lindqvist", "Compliance officer", "conditions", NOW - timedelta(days=1), 3, REVISION,
        "TLS 1.0 and 1.1 are closed on every listener by 31 January 2027",
    ),
)  # fmt: skip
WAIVERS = (
    Waiver("C-DR-06", "Two zones only until the move to the new hall", "Bob Tan", "Alice Meyer", date(2027, 3, 31)),
)
ATTESTATIONS = (
    Attestation(
        "C-RK-01", "Five holders of recovery shares, threshold three", "Carol Weiss", date(2026, 11, 2),
        date(2027, 5, 2),
    ),
)  # fmt: skip


def key() -> SigningKey:
    """A trial key that is the same every time: a number that everybody knows, good for pictures only."""
    private = ec.derive_private_key(int.from_bytes(b"sample report", "big"), ec.SECP256R1())
    public = keys.PublicKeyInfo.load(private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    algorithm = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
    certificate = signing.self_issued(public, lambda data: private.sign(data, algorithm), now=NOW).dump()
    stored = serialize_key_and_certificates(None, private, load_der_x509_certificate(certificate), None, NoEncryption())
    return signing.from_pkcs12(stored, None, origin="self-issued trial certificate")


def package() -> PackageInput:
    released = rules.load(ruleset.current())
    answers = parse({"answers": SAMPLE_ANSWERS}, released)
    received = NOW - timedelta(hours=3)
    artefacts = tuple(
        replace(intake(Path(name).name, (SAMPLES / name).read_bytes()), received_at=received) for name in FILES
    )
    evidence = Evidence(artefacts)
    demands, settings = approved(rules.decide(released, answers)), Settings(now=NOW)
    given = PackageInput(
        title=SAMPLE_TITLE,
        decision=explain.document(released, answers),
        answers=answers.as_json(),
        ruleset=released.files,
        evidence=evidence,
        results=examine(evidence, demands, settings, waivers=WAIVERS, attestations=ATTESTATIONS),
        now=NOW,
        generator="Seal Advisor",
        version="0",
        uploader="Alice Meyer",
        waivers=WAIVERS,
        attestations=ATTESTATIONS,
        sign_offs=SIGN_OFFS,
    )
    return replace(given, before=(_earlier(given).said, NOW - timedelta(days=7)))


def _earlier(given: PackageInput) -> PackageInput:
    """The package of a week before: without the waiver and the attestation, with one file less."""
    turned = tuple(
        replace(one, verdict=Verdict.FAIL) if one.verdict in {Verdict.WAIVED, Verdict.ATTESTED} else one
        for one in given.results
    )
    fewer = Evidence(given.evidence.artefacts[:-1])
    return replace(given, results=turned, evidence=fewer, waivers=(), attestations=(), sign_offs=())


def draft() -> archive.Draft:
    return archive.draft(package(), key())
