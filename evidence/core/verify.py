"""Is this package, or this report, exactly what was signed, and by whom?

Offline and pure: bytes in, a list of checks out. Without an anchor the outcome says that nothing was changed since
somebody signed; who that was only an anchor (`--trust`) or a fingerprint (`--fingerprint`) from outside the package
can say.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from asn1crypto import x509

from evidence.core import again as remaking
from evidence.core import contents, custody, manifest, pdf_check, signing, succession, zip_layout
from evidence.core.levels import level_of
from evidence.core.manifest import ManifestError, canonical, moment
from evidence.core.pdf_check import Check, Checked, NotAReport, SignedBy
from evidence.core.succession import CONSISTENCY, Last
from evidence.core.zip_layout import LOCAL, NotAnArchive, TooMuchInside
from seal_advisor.core.record import Record
from seal_advisor.core.regex import regex

HEAD, HEAD_SIGNATURE = "ledger/tree-head.json", "ledger/tree-head.sig"
SIGNER, CHAIN = "certs/signer.pem", "certs/chain.pem"
REQUIRED = (manifest.REPORT, manifest.NAME, HEAD, HEAD_SIGNATURE, SIGNER)
ALLOWED = {*REQUIRED, CONSISTENCY, CHAIN}


# The names that a package's maker gives; no other alphabet has letters that look like these.
NAME = regex(r"[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)*")


class Unreadable(ValueError):
    """Neither a package nor a report; the message says what it is not."""


class Verification(Record):
    """The outcome. kind: "package" or "report". anchored: True, False, or None where no anchor was given.

    shortfall: what the signature lacks of what its maker wanted, in the maker's words; "" where nothing.
    """

    kind: str
    checks: tuple[Check, ...]
    signer: SignedBy | None
    anchored: bool | None
    shortfall: str = ""

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
            "shortfall": self.shortfall,
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


class Asked(Record):
    """What is asked. now: when what was signed last must be in date. fingerprint: lower-case hex.

    previous: the package that this one must follow. again: decide and judge once more from what the package holds;
    strangers: also by rules that no release of ours published. unpacked: bytes that the archive may unpack to.
    """

    now: datetime
    anchors: Sequence[x509.Certificate] = ()
    fingerprint: str | None = None
    previous: Last | None = None
    again: bool = True
    strangers: bool = True
    unpacked: int | None = None


def verify(
    data: bytes,
    *,
    now: datetime,
    anchors: Sequence[x509.Certificate] = (),
    fingerprint: str | None = None,
    previous: Last | None = None,
    again: bool = True,
    strangers: bool = True,
    unpacked: int | None = None,
) -> Verification:
    """Looks at everything and stops at nothing; the arguments are those of Asked. Raises Unreadable.

    fingerprint: SHA-256 of the signer's certificate, hex; colons and upper case are accepted.
    """
    wanted = fingerprint.replace(":", "").lower() if fingerprint is not None else None
    asked = Asked(now, anchors, wanted, previous, again, strangers, unpacked)
    if data.startswith(b"%PDF-") or (not data.startswith(b"PK") and b"/ByteRange" in data):
        try:
            checked = pdf_check.check(data, now=now, anchors=anchors, fingerprint=wanted)
        except NotAReport as error:
            raise Unreadable(str(error)) from error
        return _lone_report(checked, asked)
    return _package(data, asked)


def _lone_report(checked: Checked, asked: Asked) -> Verification:
    """On its own a report proves its manifest; the files that the manifest lists are not at hand."""
    checks = list(checked.checks)
    listed = _manifest({manifest.NAME: checked.manifest} if checked.manifest is not None else {}, checks, "attachment")
    if listed is not None:
        said = f"{manifest.NAME} lists {len(listed['members'])} files, which are not looked at here"
        checks += [Check("attachment", True, said), *_level(listed, checked.signer)]
    if asked.previous is not None:
        checks.append(Check("ledger", False, "a report alone does not show what it follows: give the package"))
    return Verification("report", tuple(checks), checked.signer, checked.anchored, _shortfall(listed))


def _level(listed: Mapping[str, Any], signer: SignedBy | None) -> Iterator[Check]:
    """A time-stamp can be taken out of a signature without a trace in it; the signed manifest knows of it."""
    named = listed.get("signature")
    if not isinstance(named, dict) or signer is None:
        return
    try:
        promised = level_of(str(named.get("level")))
    except ValueError as error:
        yield Check("signature level", False, str(error))
        return
    kept = signer.level.rank >= promised.rank
    said = (
        f"PAdES {signer.level}"
        if kept
        else f"made as PAdES {promised}, now it is {signer.level}: something was removed"
    )
    yield Check("signature level", kept, said)


def _shortfall(listed: Mapping[str, Any] | None) -> str:
    named = (listed or {}).get("signature")
    return str(named.get("shortfall") or "") if isinstance(named, dict) else ""


def _package(data: bytes, asked: Asked) -> Verification:
    try:
        archive = zip_layout.read(data, at_most=asked.unpacked)
    except NotAnArchive as error:
        raise Unreadable("neither a zip archive nor a PDF document") from error
    except TooMuchInside as error:
        raise Unreadable(f"{error}; `seal-advisor verify` reads it") from error
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
    report = _report(files, asked)
    checks += report.checks
    checks += _certificates(files, report)
    if report.manifest is not None:
        same = report.manifest == files.get(manifest.NAME)
        said = "the report carries the same manifest" if same else "is not the one that the signed report carries"
        checks.append(Check(manifest.NAME, same, said))
    if listed is not None:
        checks += _level(listed, report.signer)
        checks += _succession(files, listed, asked)
        if asked.again and all(one.ok for one in checks):
            checks += remaking.checks(files, listed, strangers=asked.strangers)
    return Verification("package", tuple(checks), report.signer, report.anchored, _shortfall(listed))


def _succession(files: Mapping[str, bytes], listed: Mapping[str, Any], asked: Asked) -> Iterator[Check]:
    if asked.previous is not None:
        found = succession.difference(files, listed, asked.previous)
        yield Check("ledger", not found, found or "goes on from the package that was given")


def _manifest(files: Mapping[str, bytes], checks: list[Check], name: str = manifest.NAME) -> dict[str, Any] | None:
    if manifest.NAME not in files:
        return None
    try:
        return manifest.parse(files[manifest.NAME])
    except ManifestError as error:
        checks.append(Check(name, False, str(error)))
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
        if not NAME.fullmatch(name) or ".." in name.split("/"):
            yield Check(name, False, "is a name that a system could take for another, or write elsewhere")
    for folded in sorted(_alike(files)):
        yield Check(folded, False, "two names differ in their letters' case alone")
    order = [manifest.REPORT, manifest.NAME, *paths, *(name for name in _tail() if name in files)]
    if set(order) == set(files) and list(files) != order:
        yield Check("archive", False, "its members are in another order than they were written")
    if sound == len(paths):
        yield Check("members", True, f"{sound} of {len(paths)} with the listed SHA-256 and a valid proof")


def _alike(files: Mapping[str, bytes]) -> set[str]:
    """Names that a file system without a sense of case would write over each other."""
    counted = Counter(name.lower() for name in files)
    return {name for name, count in counted.items() if count > 1}


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


def _report(files: Mapping[str, bytes], asked: Asked) -> Checked:
    if manifest.REPORT not in files:
        return Checked(())
    try:
        checked = pdf_check.check(
            files[manifest.REPORT], now=asked.now, anchors=asked.anchors, fingerprint=asked.fingerprint
        )
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
