"""Is this package, or this report, exactly what was signed, and by whom?

Offline and pure: bytes in, a list of checks out. Without an anchor the outcome says that nothing was changed since
somebody signed; who that was only an anchor (`--trust`) or a fingerprint (`--fingerprint`) from outside the package
can say.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from asn1crypto import x509

from evidence.core import contents, custody, manifest, pdf_check, signing, zip_layout
from evidence.core.manifest import ManifestError, canonical, moment
from evidence.core.pdf_check import Check, Checked, NotAReport, SignedBy
from evidence.core.zip_layout import LOCAL, NotAnArchive
from seal_advisor.core.record import Record

HEAD, HEAD_SIGNATURE, CONSISTENCY = "ledger/tree-head.json", "ledger/tree-head.sig", "ledger/consistency.json"
SIGNER, CHAIN = "certs/signer.pem", "certs/chain.pem"
REQUIRED = (manifest.REPORT, manifest.NAME, HEAD, HEAD_SIGNATURE, SIGNER)
ALLOWED = {*REQUIRED, CONSISTENCY, CHAIN}


class Unreadable(ValueError):
    """Neither a package nor a report; the message says what it is not."""


class Verification(Record):
    """The outcome. kind: "package" or "report". anchored: True, False, or None where no anchor was given."""

    kind: str
    checks: tuple[Check, ...]
    signer: SignedBy | None
    anchored: bool | None

    @property
    def valid(self) -> bool:
        """Nothing differs, and whatever was asked about the signer is answered with yes."""
        return self.signer is not None and all(one.ok for one in self.checks)

    @property
    def differences(self) -> tuple[Check, ...]:
        return tuple(one for one in self.checks if not one.ok)

    def as_json(self) -> dict[str, Any]:
        signer = self.signer
        return {
            "kind": self.kind,
            "valid": self.valid,
            "anchored": self.anchored,
            "signer": None
            if signer is None
            else {
                "subject": signer.subject,
                "issuer": signer.issuer,
                "fingerprint": signer.fingerprint,
                "signed_at": moment(signer.signed_at),
                "level": signer.level,
                "self_issued": signer.self_issued,
            },
            "differences": [{"name": one.name, "detail": one.detail} for one in self.differences],
            "checks": [{"name": one.name, "ok": one.ok, "detail": one.detail} for one in self.checks],
        }


def verify(
    data: bytes, *, now: datetime, anchors: Sequence[x509.Certificate] = (), fingerprint: str | None = None
) -> Verification:
    """Looks at everything and stops at nothing. now: when the signer's certificate must be valid.

    fingerprint: SHA-256 of the signer's certificate, hex; colons and upper case are accepted. Raises Unreadable.
    """
    wanted = fingerprint.replace(":", "").lower() if fingerprint is not None else None
    if data.startswith(b"%PDF-") or (not data.startswith(b"PK") and b"/ByteRange" in data):
        try:
            checked = pdf_check.check(data, now=now, anchors=anchors, fingerprint=wanted)
        except NotAReport as error:
            raise Unreadable(str(error)) from error
        return Verification("report", (*checked.checks, *_attached_manifest(checked)), checked.signer, checked.anchored)
    return _package(data, now, anchors, wanted)


def _attached_manifest(checked: Checked) -> Iterator[Check]:
    """On its own a report proves its manifest; the files that the manifest lists are not at hand."""
    if checked.manifest is None:
        return
    try:
        listed = manifest.parse(checked.manifest)
    except ManifestError as error:
        yield Check("attachment", False, str(error))
        return
    yield Check(
        "attachment", True, f"{manifest.NAME} lists {len(listed['members'])} files, which are not looked at here"
    )


def _package(data: bytes, now: datetime, anchors: Sequence[x509.Certificate], fingerprint: str | None) -> Verification:
    try:
        archive = zip_layout.read(data)
    except NotAnArchive as error:
        raise Unreadable("neither a zip archive nor a PDF document") from error
    files = archive.members
    if (not files and not data.startswith(LOCAL)) or (files and not {manifest.NAME, manifest.REPORT} & set(files)):
        raise Unreadable(f"an archive without {manifest.NAME} and {manifest.REPORT}: no package")
    checks = [Check("archive", False, fault) for fault in archive.faults] or [
        Check("archive", True, "laid out as written")
    ]
    checks += [Check(name, False, "is missing") for name in REQUIRED if name not in files]
    listed = _manifest(files, checks)
    if listed is not None:
        checks += _members(files, listed)
        checks += _ledger(files, listed)
    report = _report(files, now, anchors, fingerprint)
    checks += report.checks
    checks += _certificates(files, report)
    if report.manifest is not None:
        same = report.manifest == files.get(manifest.NAME)
        said = "the report carries the same manifest" if same else "is not the one that the signed report carries"
        checks.append(Check(manifest.NAME, same, said))
    return Verification("package", tuple(checks), report.signer, report.anchored)


def _manifest(files: Mapping[str, bytes], checks: list[Check]) -> dict[str, Any] | None:
    if manifest.NAME not in files:
        return None
    try:
        return manifest.parse(files[manifest.NAME])
    except ManifestError as error:
        checks.append(Check(manifest.NAME, False, str(error)))
        return None


def _members(files: Mapping[str, bytes], listed: Mapping[str, Any]) -> Iterator[Check]:
    """Digest, size and proof of every listed member; members that nobody listed; and their order."""
    sound = 0
    for record in listed["members"]:
        path = record["path"]
        if path not in files:
            yield Check(path, False, "is listed, but not in the archive")
            continue
        found = sha256(files[path]).hexdigest()
        if found != record["sha256"] or len(files[path]) != record["size"]:
            yield Check(path, False, f"SHA-256 is {found}, listed is {record['sha256']}")
        elif not manifest.proved(record, listed["ledger"]):
            yield Check(path, False, "its proof does not lead to the ledger's root")
        else:
            sound += 1
    paths = [record["path"] for record in listed["members"]]
    for name in files:
        if name not in ALLOWED and name not in paths:
            yield Check(name, False, "is in the archive, but not listed")
    order = [manifest.REPORT, manifest.NAME, *paths, *(name for name in _tail() if name in files)]
    if set(order) == set(files) and list(files) != order:
        yield Check("archive", False, "its members are in another order than they were written")
    if sound == len(paths):
        yield Check("members", True, f"{sound} of {len(paths)} with the listed SHA-256 and a valid proof")


def _tail() -> tuple[str, ...]:
    return HEAD, HEAD_SIGNATURE, CONSISTENCY, SIGNER, CHAIN


def _ledger(files: Mapping[str, bytes], listed: Mapping[str, Any]) -> Iterator[Check]:
    """The signed head must be the manifest's own, and grow out of the previous one where that is named."""
    if HEAD not in files or HEAD_SIGNATURE not in files or SIGNER not in files:
        return
    ledger = listed["ledger"]
    expected = canonical(
        {
            **contents.head_document(0, b"", EPOCH),
            "size": ledger.get("size"),
            "root": ledger.get("root"),
            "timestamp": listed.get("created_at"),
        }
    )
    same = files[HEAD] == expected
    yield Check(HEAD, same, "the manifest's head" if same else "is not the head that the manifest names")
    try:
        (certificate,) = signing.from_pem(files[SIGNER])
        signed = signing.signed_bytes(files[HEAD], files[HEAD_SIGNATURE], certificate)
    except ValueError:
        signed = False
    yield Check(
        HEAD_SIGNATURE, signed, "signed by the signer" if signed else "is no signature of the signer over the head"
    )
    if CONSISTENCY in files:
        grown = _grown(files[CONSISTENCY], ledger)
        yield Check(CONSISTENCY, grown, "the ledger only grew" if grown else "does not prove that the ledger only grew")


EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def _grown(data: bytes, ledger: Mapping[str, Any]) -> bool:
    try:
        value = json.loads(data)
        old = value["previous"]
        proof = [bytes.fromhex(one) for one in value["proof"]]
        named = value["size"] == ledger["size"] and value["root"] == ledger["root"] and canonical(value) == data
        return named and custody.consistent(
            int(old["size"]), bytes.fromhex(old["root"]), int(value["size"]), bytes.fromhex(value["root"]), proof
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        return False


def _report(
    files: Mapping[str, bytes], now: datetime, anchors: Sequence[x509.Certificate], fingerprint: str | None
) -> Checked:
    if manifest.REPORT not in files:
        return Checked(())
    try:
        checked = pdf_check.check(files[manifest.REPORT], now=now, anchors=anchors, fingerprint=fingerprint)
    except NotAReport as error:
        return Checked((Check(manifest.REPORT, False, str(error)),))
    named = tuple(Check(f"{manifest.REPORT}: {one.name}", one.ok, one.detail) for one in checked.checks)
    return Checked(named, checked.signer, checked.manifest, checked.certificates, checked.anchored)


def _certificates(files: Mapping[str, bytes], report: Checked) -> Iterator[Check]:
    """The copies for openssl must be those of the signature, to the byte."""
    if not report.certificates:
        return
    signer, *others = report.certificates
    expected = {SIGNER: signing.to_pem(signer)}
    if others:
        expected[CHAIN] = b"".join(signing.to_pem(one) for one in others)
    for name in (SIGNER, CHAIN):
        if files.get(name) != expected.get(name):
            yield Check(name, False, "is not the certificate of the report's signature")
