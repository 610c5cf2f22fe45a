"""Shorthand for the tests of controls: evidence from a sample or a few lines, one control's result, its fail lines."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from evidence.core.controls import CONTROLS
from evidence.core.demands import Demands, Settings, strict
from evidence.core.facts import Artefact, Declared, Evidence
from evidence.core.results import Result, Verdict
from evidence.core.upload import intake

SAMPLES = Path(__file__).resolve().parent.parent / "data" / "samples"
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
BY_ID = {control.ID: control for control in CONTROLS}

LISTENER = """
listener "tcp" {
  address       = "10.0.0.1:8200"
  tls_cert_file = "/etc/vault.d/tls.crt"
  tls_key_file  = "/etc/vault.d/tls.key"
"""
GOOD_LISTENER = (
    LISTENER
    + """  tls_min_version   = "tls12"
  tls_max_version   = "tls12"
  tls_cipher_suites = "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"
}
"""
)
HSM_SEAL = """
seal "pkcs11" {
  lib         = "/opt/cloudhsm/lib/libcloudhsm_pkcs11.so"
  token_label = "hsm1"
  pin         = "env://VAULT_HSM_PIN"
  key_label   = "vault-prod"
  mechanism   = "0x1087"
}
"""


def sample(name: str, declared: Declared | None = None) -> Artefact:
    """A file of tests/data/samples, taken in as an upload is."""
    return intake(Path(name).name, (SAMPLES / name).read_bytes(), declared=declared)


def config(
    text: str, *, product: str | None = "vault", version: str | None = "1.21.0", node: str | None = None
) -> Artefact:
    """A configuration of a few lines."""
    return intake(
        f"{node or 'vault'}.hcl", text.encode(), declared=Declared(product=product, version=version, node=node)
    )


def judge(
    control: str, *artefacts: Artefact, demands: Demands | None = None, settings: Settings | None = None
) -> Result:
    return BY_ID[control].check(Evidence(artefacts), demands or strict(), settings or Settings(NOW))


def verdict(
    control: str, *artefacts: Artefact, demands: Demands | None = None, settings: Settings | None = None
) -> str:
    return judge(control, *artefacts, demands=demands, settings=settings).verdict.value


def fails(result: Result) -> list[tuple[int | None, str]]:
    """(line, message) of everything that fails."""
    return [(f.line, f.message) for f in result.findings if f.severity is Verdict.FAIL]


def decided(*seals: str, possible: tuple[str, ...] = (), **answers: str) -> Demands:
    """The demands of a decision for these seals."""
    return Demands(
        basis="decision",
        seals=frozenset(seals),
        possible=frozenset(possible),
        product=None,
        version=None,
        fips_standard=answers.get("fips_standard", "fips_140_3"),
        fips_level=answers.get("fips_level", "l1"),
        boundary=answers.get("boundary", "anywhere"),
        answers=dict(answers),
    )
