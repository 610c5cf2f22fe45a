"""Building a package, step by step. Every step can be done again: a worker that dies anywhere leaves nothing half.

The clock of everything in the package is the moment when it was asked for, and its evidence is what was there then, so
that a second attempt makes the same members to the byte. The outcome is stored in one transaction with the job's end.
"""

from __future__ import annotations

import functools
import hashlib
import threading
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from evidence import comparison, ledger, rendering, sealing
from evidence.core import contents, custody, facts, manifest, tables
from evidence.core.archive import Built, Draft, ReportTooLong
from evidence.core.contents import EvidenceChanged, PackageInput
from evidence.core.custody import Frontier, TreeHead
from evidence.core.examine import summary
from evidence.core.facts import Evidence
from evidence.core.growth import frontier_after
from evidence.core.pdf import Rendered
from evidence.core.signing import SigningKey
from evidence.core.waivers import Statements
from evidence.core.zip_layout import ArchiveTooLarge
from evidence.erasing import tombstones
from evidence.jobs import CannotFinish, Claim, Fenced
from evidence.keys import signature_plan, signing_key
from evidence.meetings import packaged
from evidence.models import Artefact, LedgerEntry, Package
from evidence.register import services as statements
from evidence.rendering import RenderingFailed
from evidence.services import declared_about, evidence_of, judge_against, thresholds, with_register
from evidence.storage import BlobChanged, put_blob
from evidence.webhooks import services as webhooks
from seal_advisor import __version__
from seal_advisor.core import explain
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

    def enter(sealed: PackageInput) -> PackageInput:
        with transaction.atomic():
            held.beat()
            return _entered(package, sealed)

    def render(drafted: Draft) -> Rendered:
        step(3)
        return rendering.render(
            drafted.html, drafted.attached, drafted.now, seconds=settings.RENDER_SECONDS, stopped=lost.is_set
        )

    return sealing.build(given, key, signature_plan(), render=render, enter=enter, signing=lambda: step(4))


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
            said=given.said,
            signature_level=built.sealing.level.value,
            shortfall=built.sealing.shortfall,
            ledger_size=built.head.size,
        )
        webhooks.announce(package.design, "package.done", {"package": str(package.pk), "sha256": archive_sha256})


def _step(held: Claim, number: int) -> None:
    held.progress(number, len(STEPS), STEPS[number])


def _evidence(package: Package) -> PackageInput:
    """Everything that was there when the package was asked for, each blob hashed again; nothing for a bare decision."""
    if not package.judged:
        return _decision_alone(package)
    rows = list(Artefact.objects.filter(pk__in=package.artefacts).order_by("received_at", "pk"))
    revision = package.revision
    stated = statements.statements_at(package.design, package.created_at)
    answers, now = revision.answers["answers"], package.created_at.replace(microsecond=0)
    evidence = with_register(evidence_of(rows, answers, contents=True), package.design, package.created_at)
    return PackageInput(
        title=package.title,
        decision=revision.decision,
        answers={"ruleset": revision.ruleset.version, **revision.answers},
        ruleset=revision.ruleset.files,
        evidence=replace(evidence, artefacts=tuple(_to_the_second(one, now) for one in evidence.artefacts)),
        results=(),
        now=now,
        generator=f"Seal Advisor {__version__}",
        version=__version__,
        uploader=package.requested_by_label,
        uploaders={row.sha256: row.uploader_label for row in rows},
        claims={row.sha256: row.claims for row in rows if row.claims},
        kept={row.sha256: row.blob_sha256 for row in rows},
        waivers=stated.waivers,
        attestations=stated.attestations,
        exclusions=stated.exclusions,
        erased=tombstones(package.design, package.created_at),
        frameworks=tuple(package.design.frameworks),
        sign_offs=packaged.sign_offs_until(package.design, package.created_at),
        minutes=packaged.papers_until(package.design, package.created_at),
        before=comparison.before(package),
        settings=thresholds(now),
        declared={row.sha256: declared_about(row, answers) for row in rows},
    )


def _decision_alone(package: Package) -> PackageInput:
    revision = package.revision
    return PackageInput(
        title=package.title,
        decision=revision.decision,
        answers={"ruleset": revision.ruleset.version, **revision.answers},
        ruleset=revision.ruleset.files,
        evidence=Evidence(()),
        results=(),
        now=package.created_at.replace(microsecond=0),
        generator=f"Seal Advisor {__version__}",
        version=__version__,
        uploader=package.requested_by_label,
        sign_offs=packaged.sign_offs_until(package.design, package.created_at),
        minutes=packaged.papers_until(package.design, package.created_at),
        judged=False,
    )


def _to_the_second(artefact: facts.Artefact, now: datetime) -> facts.Artefact:
    """Its moment of receipt as the manifest names it, so that whoever judges the package again judges the same."""
    return replace(artefact, received_at=(artefact.received_at or now).replace(microsecond=0))


def _judged(package: Package, given: PackageInput) -> PackageInput:
    """The controls' verdicts against the frozen decision, decided again under the frozen rules.

    Decision and answers are written as they come out here: PostgreSQL keeps a document's values, not its order, and
    the members of a package must not depend on the store. Raises CannotBuild for a stored decision that is another.
    """
    rules = load(package.revision.ruleset.files)
    answers = parse(package.revision.answers, rules)
    document = explain.document(rules, answers)
    if manifest.canonical(document) != manifest.canonical(package.revision.decision):
        raise CannotBuild("the frozen decision does not follow from its rules and answers: freeze the design again")
    stated = Statements(given.waivers, given.attestations, given.exclusions)
    decision = decide(rules, answers)
    results = judge_against(decision, given.evidence, now=given.now, stated=stated) if given.judged else ()
    answered = {"ruleset": rules.version, **answers.as_json()}
    return replace(given, decision=document, answers=answered, results=results)


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
        ledger.append("judged", package.design, [_judgement(package, given)], at=package.created_at)
        first = ledger.append("packaged", package.design, entries, at=package.created_at)
        Package.objects.filter(pk=package.pk).update(ledger_first=first)
    known = ledger.leaves(first)
    previous = _previous(package, known)
    grown = previous.size if previous else len(known)  # the proof of growth needs every leaf since then
    return replace(
        given,
        ledger=frontier_after(Frontier(), known[:grown]),
        between=tuple(known[grown:]),
        previous=previous,
    )


def _judgement(package: Package, given: PackageInput) -> dict[str, Any]:
    """What was judged and how it ended, in one leaf; the results themselves are members."""
    results = manifest.canonical([tables.plain(result) for result in given.results])
    return {
        "what": "judged",
        "design": str(package.design_id),
        "package": str(package.pk),
        "revision": str(package.revision_id),
        "at": manifest.moment(package.created_at),
        "artefacts": [one.sha256 for one in given.evidence.artefacts],
        "results_sha256": hashlib.sha256(results).hexdigest(),
        "summary": summary(given.results),
    }


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
