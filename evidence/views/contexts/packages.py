"""The packages page: each package with its state, its progress, and what can be downloaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

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
    """poll_href: where to ask for the next state, "" when there is none to come."""

    id: str
    title: str
    about: str
    mark: Mark
    progress: Progress | None
    error: str
    files: tuple[File, ...]
    poll_href: str
    reload_href: str


@dataclass(frozen=True, slots=True)
class PackagesPage:
    design: road.DesignHead
    packages: tuple[PackageSeen, ...]
    count: str
    may_build: bool
    build_href: str


def packages_page(design: Design, packages: Sequence[Package], *, may_build: bool) -> PackagesPage:
    return PackagesPage(
        design=road.head(design, current="packages"),
        packages=tuple(package_seen(package) for package in packages),
        count=counted(len(packages), "package") if packages else "No package yet",
        may_build=may_build,
        build_href=reverse("packages", args=[design.pk]),
    )


def package_seen(package: Package) -> PackageSeen:
    state = JobState(package.job.state)
    under_way = state in {JobState.QUEUED, JobState.RUNNING}
    address = [package.design_id, package.pk]
    return PackageSeen(
        id=str(package.pk),
        title=f"Package of {words.moment(package.created_at)}",
        about=(
            f"Revision {package.revision.number}, {counted(len(package.artefacts), 'file')} of evidence, "
            f"asked for by {package.requested_by_label}"
        ),
        mark=words.JOBS[state],
        progress=_progress(package) if under_way else None,
        error=f"{package.job.error} Build it again; if it fails again, tell the administrator."
        if state == JobState.FAILED
        else "",
        files=_files(package) if state == JobState.DONE else (),
        poll_href=reverse("package-state", args=address) if under_way else "",
        reload_href=reverse("packages", args=[package.design_id]),
    )


def _progress(package: Package) -> Progress:
    job = package.job
    total = job.steps_total or 1
    text = f"Step {min(job.steps_done + 1, total)} of {total}: {job.step}" if job.step else "Waiting for a worker"
    return Progress(job.steps_done, total, text)


def _files(package: Package) -> tuple[File, ...]:
    address = [package.design_id, package.pk]
    return (
        File(
            "Report (PDF)",
            "report.pdf",
            reverse("package-report", args=address),
            words.size(package.report_size or 0),
            package.report_sha256,
        ),
        File(
            "Package (zip)",
            "package.zip",
            reverse("package-archive", args=address),
            words.size(package.archive_size or 0),
            package.archive_sha256,
        ),
    )
