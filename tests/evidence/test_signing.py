"""Signatures: valid to others' tools, by keys from a file, a token and a time-stamp authority; and refused keys."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    load_der_public_key,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from evidence import sealing, signers
from evidence.core import archive, pdf, signing, verify
from evidence.core.levels import Level
from evidence.core.signing import SigningKey, UnusableKey
from evidence.timestamps import Authority as Stamper
from tests import services, timestamps
from tests.conftest import _or_skip
from tests.evidence import packages

NOW = packages.NOW
PAGE = '<html lang="en"><head><title>t</title></head><body><h1>t</h1></body></html>'


def program(name: str, package: str) -> str:
    found = shutil.which(name)
    if found is None:
        _or_skip(services.Missing(name, f"apt-get install {package}"))
    return str(found)


def unsigned() -> bytes:
    attached = pdf.Attached("manifest.json", packages.built().manifest, "manifest")
    return pdf.render(PAGE, (attached,), now=NOW).pdf


class Authority:
    """A certificate authority of our own, with a signer's and a time-stamper's certificate."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.root = self._issue("Test root", self.key, ca=True)
        self.signer_key = ec.generate_private_key(ec.SECP256R1())
        self.signer = self._issue("Alice, auditor", self.signer_key)
        self.stamper_key = rsa.generate_private_key(65537, 2048)
        self.stamper = self._issue("Test time-stamps", self.stamper_key, stamps=True)

    def _issue(
        self, name: str, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, *, ca: bool = False, stamps: bool = False
    ) -> x509.Certificate:
        root = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test root")])
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(root)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - timedelta(days=30))
            .not_valid_after(NOW + timedelta(days=3650))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if stamps:
            builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        return builder.sign(self.key, hashes.SHA256())

    @property
    def anchor(self) -> asn1_x509.Certificate:
        return loaded(self.root)

    def pkcs12(self, password: bytes | None) -> bytes:
        encryption = BestAvailableEncryption(password) if password else NoEncryption()
        return pkcs12.serialize_key_and_certificates(b"alice", self.signer_key, self.signer, [self.root], encryption)


def loaded(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


def test_pdfsig_says_valid_and_total(tmp_path: Path) -> None:
    report = tmp_path / "report.pdf"
    report.write_bytes(packages.built().report)
    said = subprocess.run([program("pdfsig", "poppler-utils"), report], capture_output=True, text=True).stdout
    assert "Signature Validation: Signature is Valid." in said
    assert "Total document signed" in said
    assert said.count("Signature #") == 1


def test_pyhanko_says_valid_certified_and_trusted_by_its_own_certificate() -> None:
    (signature,) = PdfFileReader(BytesIO(packages.built().report)).embedded_signatures
    roots = ValidationContext(trust_roots=[packages.key().certificate], moment=NOW)
    status = validate_pdf_signature(signature, roots)
    assert status.bottom_line
    assert status.docmdp_ok
    assert signature.docmdp_level is not None
    assert signature.docmdp_level.value == 1  # no changes at all


def test_the_signature_s_time_is_the_package_s() -> None:
    (signature,) = PdfFileReader(BytesIO(packages.built().report)).embedded_signatures
    assert signature.self_reported_timestamp == NOW


@pytest.mark.parametrize("password", [None, b"correct horse"])
def test_a_key_from_a_pkcs12_file_leads_to_its_anchor(authority: Authority, password: bytes | None) -> None:
    key = signing.from_pkcs12(authority.pkcs12(password), password)
    assert (key.self_issued, signing.display_name(key.certificate.subject)) == (False, "Alice, auditor")
    report = signing.sign_pdf(unsigned(), key, now=NOW)
    outcome = verify.verify(report, now=NOW, anchors=[authority.anchor])
    assert (outcome.valid, outcome.anchored) == (True, True)


@pytest.mark.parametrize(("data", "password"), [(b"no file", None), (b"", b"x")])
def test_what_is_no_pkcs12_file_is_refused(data: bytes, password: bytes | None) -> None:
    with pytest.raises(UnusableKey, match="cannot be opened"):
        signing.from_pkcs12(data, password)


def test_a_wrong_password_is_refused(authority: Authority) -> None:
    with pytest.raises(UnusableKey, match="wrong password"):
        signing.from_pkcs12(authority.pkcs12(b"right"), b"wrong")


def test_the_same_key_has_the_same_trial_certificate_serial() -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    first, second = (signing.trial(private, now=NOW).certificate for _ in range(2))
    assert first.serial_number == second.serial_number
    assert first.key_usage_value.native == {"digital_signature", "non_repudiation"}


def test_a_bare_signature_is_bound_to_bytes_and_key() -> None:
    key = packages.key()
    signature = signing.sign_bytes(b"head", key)
    assert signing.signed_bytes(b"head", signature, key.certificate)
    assert not signing.signed_bytes(b"heae", signature, key.certificate)
    assert not signing.signed_bytes(b"head", signature, packages.trial_key().certificate)


def test_a_secret_is_named_never_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pin = tmp_path / "pin"
    pin.write_text("1234\n")
    monkeypatch.setenv("THE_PIN", "1234")
    assert signers.secret(f"file://{pin}", "--pkcs11-pin") == signers.secret("env://THE_PIN", "--pkcs11-pin") == "1234"
    for wrong in ("1234", "env://NO_SUCH", "file:///no/such", "string://1234"):
        with pytest.raises(UnusableKey) as refused:
            signers.secret(wrong, "--pkcs11-pin")
        assert "1234" not in str(refused.value)


def stamping(authority: Authority) -> DummyTimeStamper:
    registry = SimpleCertificateStore()
    registry.register_multiple([loaded(authority.root)])
    key = signing.from_pkcs12(
        pkcs12.serialize_key_and_certificates(
            None, authority.stamper_key, authority.stamper, [authority.root], NoEncryption()
        ),
        None,
    )
    return DummyTimeStamper(loaded(authority.stamper), key.signer.signing_key, registry, fixed_dt=NOW)


def test_a_time_stamp_makes_b_t(authority: Authority) -> None:
    key = signing.from_pkcs12(authority.pkcs12(None), None)
    report = signing.sign_pdf(unsigned(), key, now=NOW, level=Level.B_T, timestamper=stamping(authority))
    outcome = verify.verify(report, now=NOW, anchors=[authority.anchor])
    assert outcome.valid, outcome.differences
    assert outcome.signer is not None
    assert (outcome.signer.level, outcome.signer.signed_at) == ("B-T", NOW)


def test_long_term_material_stands_in_the_one_signed_revision(authority: Authority) -> None:
    key = signing.from_pkcs12(authority.pkcs12(None), None)
    lists = [_revocation_list(authority)]
    context = ValidationContext(trust_roots=[authority.anchor], crls=lists, moment=NOW, allow_fetching=False)
    stamper = stamping(authority)
    report = signing.sign_pdf(unsigned(), key, now=NOW, level=Level.B_LT, timestamper=stamper, validation=context)
    outcome = verify.verify(report, now=NOW, anchors=[authority.anchor])
    assert outcome.valid, outcome.differences
    assert outcome.signer is not None
    assert outcome.signer.level == "B-LT"


def _revocation_list(authority: Authority) -> bytes:
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.root.subject)
        .last_update(NOW - timedelta(days=1))
        .next_update(NOW + timedelta(days=30))
    )
    return builder.sign(authority.key, hashes.SHA256()).public_bytes(Encoding.DER)


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A SoftHSM 2 token "audit" with an EC key "ec" and an RSA key "rsa"; yields the module and the PIN's file."""
    folder = tmp_path_factory.mktemp("softhsm")
    module = next((str(path) for path in Path("/usr/lib").glob("**/libsofthsm2.so")), "")
    tool, setup = program("pkcs11-tool", "opensc"), program("softhsm2-util", "softhsm2")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\n")
    pin = folder / "pin"
    pin.write_text("4711\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(folder / "softhsm2.conf"))
        run = [setup, "--init-token", "--free", "--label", "audit", "--pin", "4711", "--so-pin", "4712"]
        subprocess.run(run, check=True, capture_output=True)
        for kind, label, number in (("EC:prime256v1", "ec", "01"), ("rsa:2048", "rsa", "02")):
            made = [tool, "--module", module, "--token-label", "audit", "--login", "--pin", "4711", "--keypairgen"]
            subprocess.run(
                [*made, "--key-type", kind, "--label", label, "--id", number], check=True, capture_output=True
            )
        yield module, pin


@pytest.mark.parametrize("label", ["ec", "rsa"])
def test_a_key_that_never_leaves_its_token_signs(token: tuple[str, Path], label: str) -> None:
    module, pin = token
    with signers.from_token(module, "audit", label, f"file://{pin}", now=NOW) as key:
        assert key.self_issued
        rendered = pdf.Rendered(unsigned(), 1)
        drafted = archive.draft(packages.package(), key)
        built = archive.seal(drafted, rendered, key)
        anchor = key.certificate
    outcome = verify.verify(built.archive, now=NOW, anchors=[anchor], again=False)
    wrong = {one.name for one in outcome.differences}
    assert wrong <= {"manifest.json"}, outcome.differences  # the page rendered here carries another package's manifest
    assert outcome.anchored


@pytest.fixture(scope="module")
def tsa() -> Iterator[timestamps.Authority]:
    absent = timestamps.missing()
    if absent is not None:
        _or_skip(absent)
    with timestamps.authority() as running:
        yield running


@pytest.mark.parametrize("level", [Level.B_T, Level.B_LT, Level.B_LTA])
@pytest.mark.parametrize("label", ["ec", "rsa"])
def test_a_key_on_a_token_signs_at_every_level(
    token: tuple[str, Path], tsa: timestamps.Authority, label: str, level: Level, tmp_path: Path
) -> None:
    """Certified by the authority's own root, stamped by it and asked about: as an organisation would have it."""
    module, pin = token
    now = datetime.now(UTC)
    with signers.from_token(module, "audit", label, f"file://{pin}", now=now) as bare:
        public = load_der_public_key(bare.certificate.public_key.dump())
    issued = tsa.issue("Alice's token", SimpleNamespace(public_key=lambda: public))
    certificate = tmp_path / "alice.pem"
    certificate.write_bytes(issued.public_bytes(Encoding.PEM))
    stamper = Stamper(tsa.tsa(), seconds=5, attempts=2, pause=0.01)
    plan = sealing.Plan(level, stamper, (tsa.anchor,) if level.long_term else ())
    opened = signers.from_token(module, "audit", label, f"file://{pin}", now=now, certificate=str(certificate))
    with opened as key:
        _, built = sealing.build(packages.package(now=now), key, plan, render=packages.plain_page)
    assert (built.sealing.level, built.sealing.shortfall) == (level, "")
    outcome = verify.verify(built.archive, now=now + timedelta(minutes=5), anchors=[tsa.anchor], again=False)
    assert outcome.valid, outcome.differences
    assert outcome.anchored
    assert outcome.signer is not None
    assert (outcome.signer.level, outcome.signer.subject) == (level, "Alice's token")
    report = tmp_path / "report.pdf"
    report.write_bytes(built.report)
    said = subprocess.run([program("pdfsig", "poppler-utils"), report], capture_output=True, text=True, check=False)
    assert "Signature is Valid" in said.stdout


@pytest.mark.parametrize(
    ("label", "name", "pin_reference", "said"),
    [
        ("audit", "no-such", None, "no private key"),
        ("other", "ec", None, "no token"),
        ("audit", "ec", "env://WRONG_PIN", "wrong PIN"),
    ],
)
def test_a_token_that_does_not_open_says_why(
    token: tuple[str, Path],
    label: str,
    name: str,
    pin_reference: str | None,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module, pin = token
    monkeypatch.setenv("WRONG_PIN", "0000")
    with (
        pytest.raises(UnusableKey, match=said),
        signers.from_token(module, label, name, pin_reference or f"file://{pin}", now=NOW),
    ):
        raise AssertionError("the token opened")


def test_a_module_that_is_not_there_says_so() -> None:
    with (
        pytest.raises(UnusableKey, match=r"/no/such\.so"),
        signers.from_token("/no/such.so", "audit", "ec", None, now=NOW),
    ):
        raise AssertionError("the module opened")


def test_now_may_be_any_aware_time() -> None:
    late = datetime(2060, 1, 1, tzinfo=UTC)  # RFC 5280 writes years from 2050 on in another form
    key: SigningKey = packages.trial_key(late)
    assert key.certificate.not_valid_after.year == 2069
