"""A public-key infrastructure for one run of the tests: a root, signers, and a time-stamp authority that answers.

One HTTP server gives out time-stamps by RFC 3161 (`openssl ts` makes them), a revocation list and OCSP answers. The
last word of a time-stamp's address says how the authority behaves: see `TROUBLES`.
"""

from __future__ import annotations

import http.server
import shutil
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from asn1crypto import tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from tests import services

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
SLOW_SECONDS = 3.0
TEN_YEARS = timedelta(days=3650)
TROUBLES = ("garbage", "refuses", "replays", "slow", "swaps", "trickles", "unavailable")
CONFIG = """
[tsa]
default_tsa = here
[here]
dir = {folder}
serial = {folder}/serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


class Authority:
    """The root's key and everything that it issued. url: the server's address, without a slash at its end."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url = folder, url
        self.asked: Counter[str] = Counter()
        self.revoked: set[int] = set()
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.root = self.issue("Root of the tests", self.key, ca=True)
        self.signer_key: Key = ec.generate_private_key(ec.SECP256R1())
        self.signer = self.issue("Alice, auditor", self.signer_key)
        self._lock = threading.Lock()  # openssl writes its serial number into a file
        stamper_key = rsa.generate_private_key(65537, 2048)
        self.stamper = self.issue("Time-stamps of the tests", stamper_key, stamps=True)
        self._write(stamper_key)

    def issue(
        self, name: str, key: Key, *, ca: bool = False, stamps: bool = False, lives: timedelta = TEN_YEARS
    ) -> x509.Certificate:
        """A certificate that says where its revocation can be asked for; the root's own says nothing of that."""
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(named(name))
            .issuer_name(named("Root of the tests"))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=30))
            .not_valid_after(now + lives)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(_usage(ca=ca), critical=True)
        )
        if not ca:
            answers = x509.AccessDescription(
                AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(f"{self.url}/ocsp")
            )
            lists = x509.DistributionPoint([x509.UniformResourceIdentifier(f"{self.url}/root.crl")], None, None, None)
            builder = builder.add_extension(x509.AuthorityInformationAccess([answers]), critical=False)
            builder = builder.add_extension(x509.CRLDistributionPoints([lists]), critical=False)
        if stamps:
            builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        return builder.sign(self.key, hashes.SHA256())

    def _write(self, stamper_key: Key) -> None:
        (self.folder / "tsa.cnf").write_text(CONFIG.format(folder=self.folder))
        (self.folder / "serial").write_text("01\n")
        (self.folder / "tsa.pem").write_bytes(self.stamper.public_bytes(serialization.Encoding.PEM))
        (self.folder / "root.pem").write_bytes(self.root.public_bytes(serialization.Encoding.PEM))
        (self.folder / "tsa.key").write_bytes(
            stamper_key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )

    @property
    def anchor(self) -> asn1_x509.Certificate:
        return asn1_x509.Certificate.load(self.root.public_bytes(serialization.Encoding.DER))

    @property
    def anchor_file(self) -> Path:
        return self.folder / "root.pem"

    def tsa(self, behaviour: str = "") -> str:
        """The address of an authority that behaves so; without a word, as it should."""
        return f"{self.url}/tsa/{behaviour}"

    def pkcs12(self, password: bytes | None = None, certificate: x509.Certificate | None = None) -> bytes:
        """Alice's key, with her certificate (or another one for her key) and the root's."""
        encryption = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
        return pkcs12.serialize_key_and_certificates(
            b"alice", self.signer_key, certificate or self.signer, [self.root], encryption
        )

    def stamp(self, query: bytes) -> bytes:
        """The reply to one time-stamp request, by `openssl ts`."""
        with self._lock:
            (self.folder / "query").write_bytes(query)
            command = [
                "openssl", "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query", "-signer", "tsa.pem",
                "-inkey", "tsa.key", "-chain", "root.pem", "-out", "reply",
            ]  # fmt: skip
            subprocess.run(command, cwd=self.folder, check=True, capture_output=True)
            return (self.folder / "reply").read_bytes()

    def revocation_list(self) -> bytes:
        now = datetime.now(UTC)
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.root.subject)
            .last_update(now - timedelta(hours=1))
            .next_update(now + timedelta(days=30))
        )
        for serial in sorted(self.revoked):
            entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now - timedelta(minutes=30))
            builder = builder.add_revoked_certificate(entry.build())
        return builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)

    def status(self, question: bytes) -> bytes:
        """The OCSP answer, signed by the root itself."""
        asked = ocsp.load_der_ocsp_request(question)
        known = {one.serial_number: one for one in (self.signer, self.stamper)}
        now = datetime.now(UTC)
        gone = asked.serial_number in self.revoked
        builder = ocsp.OCSPResponseBuilder().add_response(
            cert=known[asked.serial_number],
            issuer=self.root,
            algorithm=asked.hash_algorithm,
            cert_status=ocsp.OCSPCertStatus.REVOKED if gone else ocsp.OCSPCertStatus.GOOD,
            this_update=now - timedelta(minutes=5),
            next_update=now + timedelta(days=7),
            revocation_time=now - timedelta(minutes=30) if gone else None,
            revocation_reason=None,
        )
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.NAME, self.root)
        return builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True, content_commitment=not ca, key_cert_sign=ca, crl_sign=ca, key_encipherment=False,
        data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip


@contextmanager
def authority() -> Iterator[Authority]:
    """The authority and its server on a free port, as long as the block lasts."""
    folder = Path(tempfile.mkdtemp(prefix="seal-advisor-tsa-"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    made = Authority(folder, f"http://127.0.0.1:{server.server_port}")
    server.authority = made  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        shutil.rmtree(folder)


def missing() -> services.Missing | None:
    """Why no authority can be run on this machine; None where it can."""
    found = services.program("openssl", "openssl")
    return found if isinstance(found, services.Missing) else None


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Any

    def do_GET(self) -> None:
        self.server.authority.asked[self.path] += 1
        if self.path != "/root.crl":
            return self.send_error(404)
        return self._answer(self.server.authority.revocation_list(), "application/pkix-crl")

    def do_POST(self) -> None:
        own: Authority = self.server.authority
        own.asked[self.path] += 1
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/ocsp":
            return self._answer(own.status(body), "application/ocsp-response")
        behaviour = self.path.removeprefix("/tsa/")
        if behaviour == "unavailable" or (behaviour == "late" and own.asked[self.path] < 3):
            return self.send_error(503)
        if behaviour == "slow":
            time.sleep(SLOW_SECONDS)
        reply = b"<html>no time-stamp</html>" if behaviour == "garbage" else own.stamp(_asked(body, behaviour))
        return self._answer(reply, "application/timestamp-reply", trickle=behaviour == "trickles")

    def _answer(self, content: bytes, kind: str, *, trickle: bool = False) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        try:
            for start in range(0, len(content), 64 if trickle else len(content)):
                self.wfile.write(content[start : start + (64 if trickle else len(content))])
                time.sleep(SLOW_SECONDS / 20 if trickle else 0)
        except (BrokenPipeError, ConnectionResetError):
            return  # the caller had no patience, which is what such a test is about

    def log_message(self, *_: object) -> None:
        """The tests' output is the tests'."""


def _asked(query: bytes, behaviour: str) -> bytes:
    """The request as the misbehaving authority understands it: its reply is then sound, but not to what was asked."""
    asked = tsp.TimeStampReq.load(query)
    if behaviour == "replays":
        asked["nonce"] = 7
    elif behaviour == "swaps":
        asked["message_imprint"]["hashed_message"] = bytes(32)
    elif behaviour == "refuses":
        asked["req_policy"] = "1.2.3.4.99"
    return bytes(asked.dump(force=True))
