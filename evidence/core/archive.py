"""A package, from values to bytes: draft it, render its report, seal it.

Three steps, so that the shell can render in a limited process and report progress between them:
`draft(package, key)` -> Draft; `pdf.render(draft.html, draft.attached, now=...)`;
`seal(draft, rendered, key, ...)` -> Built.
`build` does all three. The archive's order: report, manifest, listed members, ledger, certificates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from pyhanko.sign.timestamps import TimeStamper
from pyhanko_certvalidator import ValidationContext

from evidence.core import again, contents, custody, manifest, pdf, report, signing, tables, zip_layout
from evidence.core.contents import PackageInput
from evidence.core.demands import Settings
from evidence.core.levels import Sealing
from evidence.core.manifest import Member
from evidence.core.signing import SigningKey
from seal_advisor.core.record import Record

__all__ = ["Built", "Draft", "PackageInput", "build", "draft", "seal"]

MAX_PAGES = 40
Renderer = Callable[[str, Sequence[pdf.Attached], datetime], pdf.Rendered]


class ReportTooLong(ValueError):
    """More than 40 pages: a cap of the report is too generous. Never delivered, so that it is noticed."""


class Draft(Record):
    """A package before its report is rendered and signed.

    ledger: as it is after this package. consistency: proof to the previous head, if there is one.
    """

    now: datetime
    members: tuple[Member, ...]
    manifest: bytes
    head: bytes
    ledger: custody.Frontier
    consistency: bytes | None
    html: str
    sealing: Sealing

    @property
    def attached(self) -> tuple[pdf.Attached, ...]:
        return (pdf.Attached(manifest.NAME, self.manifest, "Every file of the package with its SHA-256"),)


class Built(Record):
    """A finished package. head: the signed tree head; ledger: as it is after it, for the next package."""

    files: tuple[tuple[str, bytes], ...]
    report: bytes
    pages: int
    manifest: bytes
    head: custody.TreeHead
    ledger: custody.Frontier
    sealing: Sealing

    def chunks(self) -> Iterator[bytes]:
        """The archive's bytes in order; raises zip_layout.ArchiveTooLarge beyond 4 GiB."""
        return zip_layout.chunks(self.files)

    @property
    def archive(self) -> bytes:
        return b"".join(self.chunks())


def draft(package: PackageInput, key: SigningKey) -> Draft:
    """Members, ledger, manifest and the report's HTML. Raises contents.EvidenceChanged."""
    members = contents.members(package)
    entries = [manifest.entry(one) for one in members]
    ledger = manifest.extend(package.ledger, entries, package.between)
    listed = manifest.canonical(
        manifest.build(
            entries,
            ledger,
            title=package.title,
            created_at=package.now,
            generator=package.generator,
            refused=package.refused,
            more={"signature": package.sealing.as_json(), **_judgement(package)},
        )
    )
    page = report.html(_report(package, key, entries, sha256(listed).hexdigest(), ledger))
    return Draft(
        now=package.now,
        members=members,
        manifest=listed,
        head=manifest.canonical(contents.head_document(ledger.size, ledger.root, package.now)),
        ledger=ledger.frontier,
        consistency=_consistency(package, ledger),
        html=page,
        sealing=package.sealing,
    )


def _judgement(package: PackageInput) -> dict[str, Any]:
    if not package.judged:
        return {}
    settings = package.settings or Settings(package.now)
    return {"judgement": again.judgement(settings, package.evidence.artefacts, package.declared)}


def _consistency(package: PackageInput, ledger: manifest.Ledger) -> bytes | None:
    old = package.previous
    if old is None:
        return None
    proof = custody.growth_proof(ledger.rows, old.size)
    return manifest.canonical(
        {
            "format": "seal-advisor/consistency",
            "version": 1,
            "previous": {"size": old.size, "root": old.root.hex(), "timestamp": old.timestamp},
            "size": ledger.size,
            "root": ledger.root.hex(),
            "proof": [value.hex() for value in proof],
        }
    )


def _report(
    package: PackageInput,
    key: SigningKey,
    entries: Sequence[dict[str, Any]],
    digest: str,
    ledger: manifest.Ledger,
) -> report.Report:
    return report.Report(
        title=package.title,
        created_at=package.now,
        generator=package.generator,
        decision=package.decision,
        answers=package.answers.get("answers", {}),
        results=package.results,
        judged=package.judged,
        records=[one for one in entries if one["original"]],
        signature=report.Signature(
            name=signing.display_name(key.certificate.subject),
            fingerprint=key.fingerprint,
            origin=key.origin,
            self_issued=key.self_issued,
            level=f"PAdES {package.sealing.level}",
            shortfall=package.sealing.shortfall,
        ),
        manifest_sha256=digest,
        ledger_size=ledger.size,
        ledger_root=ledger.root.hex(),
        refused=package.refused,
        waivers=[tables.plain(one) for one in package.waivers],
        attestations=[tables.plain(one) for one in package.attestations],
        exclusions=[tables.plain(one) for one in package.exclusions],
        erased=[tables.plain(one) for one in package.erased],
        frameworks=package.frameworks,
        calendar=package.calendar,
        sign_offs=package.sign_offs,
        changes=package.changes,
        compared_with=package.before[1] if package.before is not None else None,
        titles=contents.titles(package.ruleset, "option", "title"),
        questions=contents.titles(package.ruleset, "question", "text"),
        labels=contents.labels(package.ruleset),
    )


def seal(
    drafted: Draft,
    rendered: pdf.Rendered,
    key: SigningKey,
    *,
    timestamper: TimeStamper | None = None,
    validation: ValidationContext | None = None,
) -> Built:
    """Signs the report and the ledger's head and lays the files out. Raises ReportTooLong."""
    if rendered.pages > MAX_PAGES:
        raise ReportTooLong(f"the report has {rendered.pages} pages, at most {MAX_PAGES}")
    level = drafted.sealing.level
    signed = signing.sign_pdf(
        rendered.pdf, key, now=drafted.now, level=level, timestamper=timestamper, validation=validation
    )
    files: list[tuple[str, bytes]] = [
        (manifest.REPORT, signed),
        (manifest.NAME, drafted.manifest),
        *((one.path, one.data) for one in drafted.members),
        ("ledger/tree-head.json", drafted.head),
        ("ledger/tree-head.sig", signing.sign_bytes(drafted.head, key)),
    ]
    if drafted.consistency is not None:
        files.append(("ledger/consistency.json", drafted.consistency))
    files.append(("certs/signer.pem", signing.to_pem(key.certificate)))
    if key.chain:
        files.append(("certs/chain.pem", b"".join(signing.to_pem(one) for one in key.chain)))
    ledger = drafted.ledger
    head = custody.TreeHead(ledger.size, ledger.root, str(manifest.moment(drafted.now)))
    return Built(tuple(files), signed, rendered.pages, drafted.manifest, head, ledger, drafted.sealing)


def _render(html: str, attached: Sequence[pdf.Attached], now: datetime) -> pdf.Rendered:
    return pdf.render(html, attached, now=now)


def build(
    package: PackageInput,
    key: SigningKey,
    *,
    timestamper: TimeStamper | None = None,
    validation: ValidationContext | None = None,
    render: Renderer = _render,
) -> Built:
    """Draft, render, seal. `render` may do its work elsewhere, such as in a limited process."""
    drafted = draft(package, key)
    rendered = render(drafted.html, drafted.attached, package.now)
    return seal(drafted, rendered, key, timestamper=timestamper, validation=validation)
