"""The packages page: each package with its state, its progress, and what can be downloaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from evidence.models import JobState, Package
from evidence.views import words
from seal_advisor.models import Design
from seal_advisor.views import road
from seal_advisor.views.words import Mark, counted


@dataclass(frozen=True, slots=True)
class Progress:
    """text: the step that runs, with its number."""

    done: int
    total: int
    text: str


@dataclass(frozen=True, slots=True)
class File:
    title: str
    name: str
    href: str
    size: str
    sha256: str


@dataclass(frozen=True, slots=True)
class PackageSeen:
    """poll_href: where to ask for the next state, "" when there is none to come. cancel_href, changes_href: "" where
    there is nothing to cancel, or to compare. shortfall: what its signature lacks of what was configured.
    """

    id: str
    title: str
    about: str
    mark: Mark
    progress: Progress | None
    error: str
    files: tuple[File, ...]
    poll_href: str
    reload_href: str
    cancel_href: str = ""
    changes_href: str = ""
    gone: str = ""
    shortfall: str = ""


@dataclass(frozen=True, slots=True)
class PackagesPage:
    design: road.DesignHead
    packages: tuple[PackageSeen, ...]
    count: str
    may_build: bool
    build_href: str
    upkeep_href: str


def packages_page(design: Design, packages: Sequence[Package], *, may_build: bool) -> PackagesPage:
    return PackagesPage(
        design=road.head(design, current="packages"),
        packages=tuple(package_seen(package, may_cancel=may_build) for package in packages),
        count=counted(len(packages), "package") if packages else _("No package yet"),
        may_build=may_build,
        build_href=reverse("packages", args=[design.pk]),
        upkeep_href=reverse("upkeep", args=[design.pk]),
    )


def package_seen(package: Package, *, may_cancel: bool) -> PackageSeen:
    state = JobState(package.job.state)
    under_way = state in {JobState.QUEUED, JobState.RUNNING}
    address = [package.design_id, package.pk]
    return PackageSeen(
        id=str(package.pk),
        title=f"{'Package' if package.judged else 'Decision alone'} of {words.moment(package.created_at)}",
        about=(
            _("Revision %(number)s, %(rests_on)s, asked for by %(requested_by_label)s%(else)s")
            % {
                "number": package.revision.number,
                "rests_on": _rests_on(package),
                "requested_by_label": package.requested_by_label,
                "else": f", signed as PAdES {package.signature_level}" if package.signature_level else "",
            }
        ),
        mark=words.JOBS[state],
        progress=_progress(package) if under_way else None,
        error=_("%(error)s Build it again; if it fails again, tell the administrator.") % {"error": package.job.error}
        if state == JobState.FAILED
        else "",
        files=_files(package) if state == JobState.DONE and package.purged_at is None else (),
        poll_href=reverse("package-state", args=address) if under_way else "",
        reload_href=reverse("packages", args=[package.design_id]),
        cancel_href=reverse("package-cancel", args=address) if under_way and may_cancel else "",
        changes_href=reverse("package-changes", args=address)
        if state == JobState.DONE and package.purged_at is None
        else "",
        gone=_("Its files were deleted on %(purged_at)s, after their retention; the ledger says so.")
        % {"purged_at": f"{package.purged_at:%-d %B %Y}"}
        if package.purged_at
        else "",
        shortfall=package.shortfall,
    )


def _rests_on(package: Package) -> str:
    if not package.judged:
        return _("no evidence asked for and no control judged")
    return _("%(counted)s of evidence") % {"counted": counted(len(package.artefacts), "file")}


def _progress(package: Package) -> Progress:
    job = package.job
    total = job.steps_total or 1
    text = (
        _("Step %(min)s of %(total)s: %(step)s")
        % {"min": min(job.steps_done + 1, total), "total": total, "step": job.step}
        if job.step
        else _("Waiting for a worker")
    )
    if job.elapsed_seconds is not None:
        text = _("%(text)s, %(elapsed)s so far") % {"text": text, "elapsed": words.elapsed(job.elapsed_seconds)}
    return Progress(job.steps_done, total, text)


def _files(package: Package) -> tuple[File, ...]:
    address = [package.design_id, package.pk]
    return (
        File(
            _("Report (PDF)"),
            "report.pdf",
            reverse("package-report", args=address),
            words.size(package.report_size or 0),
            package.report_sha256,
        ),
        File(
            _("Package (zip)"),
            "package.zip",
            reverse("package-archive", args=address),
            words.size(package.archive_size or 0),
            package.archive_sha256,
        ),
    )
