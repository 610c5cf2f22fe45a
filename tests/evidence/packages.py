"""A small package by hand: the decision of the exam question, three files of evidence, one control of each verdict."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from evidence.core import archive, pdf, signing, zip_layout
from evidence.core.contents import PackageInput
from evidence.core.facts import Artefact, Evidence, Redaction
from evidence.core.results import Finding, Result, Verdict
from evidence.core.waivers import Attestation, Waiver

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
SOURCE = "HashiCorp, PKCS11 seal configuration"

CONFIG = b"""seal "pkcs11" {
  lib = "/opt/vendor/lib/pkcs11.so"
  pin = "[redacted:seal.pkcs11.pin]"
  key_label = "vault-root"
}
"""


def artefact(name: str, content: bytes, kind: str, **named: Any) -> Artefact:
    original = content.replace(b"[redacted:seal.pkcs11.pin]", b"4711")
    return Artefact(name, sha256(original).hexdigest(), len(original), kind, content=content, **named)


ARTEFACTS = (
    artefact("vault.hcl", CONFIG, "vault_config", redactions=(Redaction(3, "seal.pkcs11.pin"),), node="vault-1"),
    artefact(
        "testssl.json",
        b'[{"id": "TLS1_2", "finding": "offered"}]\n' * 40,
        "tls_scan",
        observed_from=NOW,
        observed_to=NOW,
    ),
    artefact("hsm-audit.txt", b"Time: 11/20/26 10:00:00, Sequence No : 0x1\n" * 200, "key_store_log"),
)


def result(
    control: str, title: str, verdict: Verdict, reason: str, *findings: Finding, artefacts: tuple[str, ...] = ()
) -> Result:
    return Result(
        control, title, verdict, reason, findings, ("tls_scan",) if verdict is Verdict.NOT_PROVEN else (), artefacts
    )


CONFIG_SHA = ARTEFACTS[0].sha256
RESULTS = (
    result(
        "C-TL-02",
        "Only SP 800-52r2 suites are offered",
        Verdict.NOT_PROVEN,
        "No TLS scan of this listener was handed in.",
    ),
    result(
        "C-PN-01",
        "No PIN or secret stands in the configuration",
        Verdict.FAIL,
        "A literal PIN stands in the seal stanza.",
        Finding(
            "The PIN of the HSM token stands in the file as a literal",
            "vault.hcl",
            3,
            'pin = "file:///etc/vault.d/hsm.pin"',
            SOURCE,
        ),
        artefacts=(CONFIG_SHA,),
    ),
    result(
        "C-KB-01",
        "The root key is wrapped by the decided seal",
        Verdict.PASS,
        "seal is pkcs11, as decided.",
        artefacts=(CONFIG_SHA,),
    ),
    result(
        "C-KB-05",
        "The seal's mechanism is strong",
        Verdict.WARN,
        "No mechanism is named, so the product chooses.",
        Finding("mechanism is not set", "vault.hcl", 1, 'mechanism = "0x1087"', SOURCE, Verdict.WARN),
        artefacts=(CONFIG_SHA,),
    ),
    result(
        "C-RK-01",
        "Recovery shares are split among at least three holders",
        Verdict.ATTESTED,
        "Attested by the key custodian.",
    ),
    result("C-DR-06", "The quorum is odd, at least three, and spread", Verdict.WAIVED, "Waived until 2027-03-31."),
)

REASON = {
    "rule": "R042",
    "why": "A dedicated HSM boundary excludes a shared cloud service, whatever its module is validated for.",
    "source": "AWS KMS, FAQ, read 2026-11-20",
    "answers": {"boundary": "dedicated_hsm"},
}
ANSWERS = {
    "platform": "vault_enterprise_hsm",
    "fips_level": "l3",
    "boundary": "dedicated_hsm",
    "operator_keys": "forbidden",
    "unattended_start": "required",
    "hosting": "aws",
    "dr": "replication",
    "rto": "PT15M",
    "budget": None,
}
SHAMIR = {
    "rule": "R061",
    "why": "Operators may hold no keys that unseal, and every start needs them.",
    "source": "HashiCorp, Seal/Unseal",
    "answers": {"operator_keys": "forbidden"},
}
DECISION: dict[str, Any] = {
    "ruleset": {"version": "2026.11.0", "sha256": "ab" * 32},
    "status": "recommended",
    "recommended": ["pkcs11"],
    "options": [
        {
            "id": "pkcs11",
            "state": "recommended",
            "reasons": [],
            "concerns": [
                {
                    "rule": "R050",
                    "criterion": "operations",
                    "severity": 2,
                    "why": "Somebody must run an HSM.",
                    "source": SOURCE,
                }
            ],
            "changes": [],
        },
        {
            "id": "cloud_kms",
            "state": "excluded",
            "reasons": [REASON],
            "concerns": [],
            "changes": [{"boundary": ["anywhere", "validated_module", "shared_hsm"]}],
        },
        {
            "id": "shamir",
            "state": "excluded",
            "reasons": [SHAMIR],
            "concerns": [],
            "changes": [{"operator_keys": ["allowed"]}],
        },
    ],
    "because": ["boundary", "operator_keys"],
    "conflicts": [],
    "obligations": [
        {"id": "hsm-key-ceremony", "why": "The seal key is made in a witnessed ceremony.", "controls": ["C-KB-05"]}
    ],
    "warnings": ["Recovery keys do not replace the seal key."],
    "next_question": None,
}
RULESET = {
    "options.toml": '[option.pkcs11]\ntitle = "HSM over PKCS#11"\n[option.cloud_kms]\ntitle = "Cloud KMS"\n',
    "questions.toml": '[question.boundary]\ntext = "Where may the seal key exist in plain text?"\n',
}
WAIVER = Waiver("C-DR-06", "Two zones only until the move", "Bob", "Alice", date(2027, 3, 31))
ATTESTATION = Attestation("C-RK-01", "Five holders, threshold three", "Carol", date(2026, 11, 1), date(2027, 5, 1))


def package(**changes: Any) -> PackageInput:
    values: dict[str, Any] = {
        "title": "Payments Vault, production",
        "decision": DECISION,
        "answers": {"answers": ANSWERS, "unsure": [], "notes": {}},
        "ruleset": RULESET,
        "evidence": Evidence(ARTEFACTS),
        "results": RESULTS,
        "now": NOW,
        "generator": "Seal Advisor 0.1.0",
        "version": "0.1.0",
        "waivers": (WAIVER,),
        "attestations": (ATTESTATION,),
    }
    return PackageInput(**{**values, **changes})


def trial_key(now: datetime = NOW) -> signing.SigningKey:
    return signing.trial(ec.generate_private_key(ec.SECP256R1()), now=now)


@cache
def key() -> signing.SigningKey:
    return trial_key()


@cache
def built() -> archive.Built:
    """One package for the whole session; rendering costs a second."""
    return archive.build(package(), key())


@cache
def whole() -> bytes:
    return built().archive


@cache
def _page(attached: tuple[pdf.Attached, ...], now: datetime) -> bytes:
    return pdf.render(
        '<html lang="en"><head><title>t</title></head><body><h1>t</h1></body></html>', attached, now=now
    ).pdf


def plain_page(drafted: archive.Draft) -> pdf.Rendered:
    """One page with the draft's attachment: what is signed and proved does not depend on the report's looks."""
    return pdf.Rendered(_page(drafted.attached, drafted.now), 1)


def repacked(**changes: bytes | None) -> bytes:
    """The package written again in its lawful layout with members replaced (path -> bytes) or left out (None)."""
    files = dict(built().files)
    for name, data in changes.items():
        if data is None:
            del files[name]
        else:
            files[name] = data
    return b"".join(zip_layout.chunks(list(files.items())))
