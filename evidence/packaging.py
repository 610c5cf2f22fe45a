"""Building a package, step by step. Every step can be done again: a worker that dies anywhere leaves nothing half.

The clock of everything in the package is the moment when it was asked for, and its evidence is what was there then, so
that a second attempt makes the same members to the byte. The outcome is stored in one transaction with the job's end.
"""

from __future__ import annotations

import functools
import threading

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from evidence import ledger, rendering
from evidence.core import archive, contents, custody, manifest
from evidence.core.archive import Built, ReportTooLong
from evidence.core.contents import EvidenceChanged, PackageInput
from evidence.core.custody import TreeHead
from evidence.core.examine import summary
from evidence.core.signing import SigningKey
from evidence.core.waivers import Statements
from evidence.core.zip_layout import ArchiveTooLarge
from evidence.jobs import CannotFinish, Claim, Fenced
from evidence.keys import signing_key
from evidence.models import Artefact, LedgerEntry, Package
from evidence.register import services as statements
from evidence.rendering import RenderingFailed
from evidence.services import evidence_of, judge_against, with_register
from evidence.signers import Authority
from evidence.storage import BlobChanged, put_blob
from seal_advisor import __version__
from seal_advisor.core.answers import parse
from seal_advisor.core.record import replace
from seal_advisor.core.rules import decide, load

STEPS = (
    "reading the evidence",
    "judging the controls",
    "writing the manifest and the ledger",
    "rendering the report",
    "signing",
    "storing",
)


class CannotBuild(CannotFinish):
    """The package cannot be built, for a reason that a person can act on. The message names it."""


def run(held: Claim, lost: threading.Event) -> None:
    """Build the package of this job. Raises CannotBuild, or Fenced when the job is no longer ours.

    lost: set when it is no longer ours; a report that is being rendered is given up then.
    """
    package = Package.objects.select_related("design", "revision__ruleset", "job").get(job=held.job_id)
    try:
        with signing_key() as key:
            given, built = _build(held, package, key, lost)
        _store(held, package, given, built)
    except (BlobChanged, EvidenceChanged, RenderingFailed, ReportTooLong, ArchiveTooLarge) as error:
        raise CannotBuild(str(error)) from error
    except ImproperlyConfigured as error:
        raise CannotBuild(str(error)) from error
    except rendering.Stopped as error:
        raise Fenced(f"job {held.job_id} was taken away while its report was rendered") from error


def _build(held: Claim, package: Package, key: SigningKey, lost: threading.Event) -> tuple[PackageInput, Built]:
    step = functools.partial(_step, held)
    step(0)
    given = _evidence(package)
    step(1)
    given = _judged(package, given)
    step(2)
    stamper = Authority(settings.TSA_URL) if settings.TSA_URL else None
    with transaction.atomic():
        held.beat()
        given = _entered(package, given)
    drafted = archive.draft(given, key, signature_level=archive.level(stamper, None))
    step(3)
    rendered = rendering.render(
        drafted.html, drafted.attached, drafted.now, seconds=settings.RENDER_SECONDS, stopped=lost.is_set
    )
    step(4)
    try:
        return given, archive.seal(drafted, rendered, key, timestamper=stamper)
    except OSError as error:
        raise CannotBuild(f"the time-stamp authority {settings.TSA_URL} did not answer: {error}") from error


def _store(held: Claim, package: Package, given: PackageInput, built: Built) -> None:
    """The blobs first: they lie under their own hash and harm nobody. Then the row, together with the job's end."""
    _step(held, 5)
    whole = built.archive
    report_blob, report_sha256 = put_blob(built.report)
    archive_blob, archive_sha256 = put_blob(whole)
    with transaction.atomic():
        held.finish()
        Package.objects.filter(pk=package.pk).update(
            report_blob=report_blob,
            report_sha256=report_sha256,
            report_size=len(built.report),
            archive_blob=archive_blob,
            archive_sha256=archive_sha256,
            archive_size=len(whole),
            summary=summary(given.results),
            ledger_size=built.head.size,
        )


def _step(held: Claim, number: int) -> None:
    held.progress(number, len(STEPS), STEPS[number])


def _evidence(package: Package) -> PackageInput:
    """Everything that was there when the package was asked for, each blob hashed again."""
    rows = list(Artefact.objects.filter(pk__in=package.artefacts).order_by("received_at", "pk"))
    revision = package.revision
    stated = statements.statements_at(package.design, package.created_at)
    evidence = evidence_of(rows, revision.answers["answers"], contents=True)
    return PackageInput(
        title=package.title,
        decision=revision.decision,
        answers={"ruleset": revision.ruleset.version, **revision.answers},
        ruleset=revision.ruleset.files,
        evidence=with_register(evidence, package.design, package.created_at),
        results=(),
        now=package.created_at,
        generator=f"Seal Advisor {__version__}",
        version=__version__,
        uploader=package.requested_by_label,
        uploaders={row.sha256: row.uploader_label for row in rows},
        claims={row.sha256: row.claims for row in rows if row.claims},
        kept={row.sha256: row.blob_sha256 for row in rows},
        waivers=stated.waivers,
        attestations=stated.attestations,
        exclusions=stated.exclusions,
    )


def _judged(package: Package, given: PackageInput) -> PackageInput:
    """The controls' verdicts against the frozen decision, decided again under the frozen rules."""
    rules = load(package.revision.ruleset.files)
    decision = decide(rules, parse(package.revision.answers, rules))
    stated = Statements(given.waivers, given.attestations, given.exclusions)
    return replace(given, results=judge_against(decision, given.evidence, now=package.created_at, stated=stated))


def _entered(package: Package, given: PackageInput) -> PackageInput:
    """The package's members in the ledger: entered by the first attempt, found again by every other."""
    entries = [manifest.entry(member) for member in contents.members(given)]
    wanted = [custody.leaf_hash(manifest.canonical(entry)).hex() for entry in entries]
    first = package.ledger_first
    if first is not None:
        mine = LedgerEntry.objects.filter(index__gte=first, index__lt=first + len(wanted)).order_by("index")
        if list(mine.values_list("leaf_hash", flat=True)) != wanted:
            first = None  # this release writes a member differently; the earlier entries stay, as all entries do
    if first is None:
        first = ledger.append("packaged", package.design, entries, at=package.created_at)
        Package.objects.filter(pk=package.pk).update(ledger_first=first)
    known = ledger.leaves(first)
    return replace(given, ledger=tuple(known), previous=_previous(package, known))


def _previous(package: Package, known: list[bytes]) -> TreeHead | None:
    """The head under which the design's last finished package was signed."""
    last = (
        Package.objects.filter(design=package.design_id, ledger_size__lte=len(known))
        .order_by("-ledger_size")
        .exclude(pk=package.pk)
        .first()
    )
    if last is None or last.ledger_size is None:
        return None
    return TreeHead(last.ledger_size, custody.root(known[: last.ledger_size]), str(manifest.moment(last.created_at)))
