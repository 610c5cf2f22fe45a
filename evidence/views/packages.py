"""Ask for a package, follow its building, stop it, download what was signed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evidence import access, services
from evidence.models import JobState, Package
from evidence.storage import get_blob
from evidence.views.contexts.packages import package_seen, packages_page
from seal_advisor.access import Action, Actor, actor_of, design_or_404, may
from seal_advisor.models import Design
from seal_advisor.views import road
from seal_advisor.views.door import signed_in

STOP_POLLING = 286  # htmx: swap this answer in and ask no more
SHOWN = 50


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def packages(request: HttpRequest, design_id: UUID) -> HttpResponse:
    """GET the packages, newest first; POST asks for one more, with `decision_only` for one without evidence."""
    actor = actor_of(request)
    if request.method == "POST":
        design = design_or_404(actor, design_id, Action.BUILD_PACKAGE)
        services.start_package(design, actor=actor, judged="decision_only" not in request.POST)
        return redirect("packages", design.pk)
    design = design_or_404(actor, design_id)
    page = packages_page(
        design,
        list(access.packages_of(actor, design)[:SHOWN]),
        may_build=may(actor, Action.BUILD_PACKAGE, design),
    )
    return render(request, "pages/packages.html", {"page": page})


@signed_in
@require_safe
def state(request: HttpRequest, design_id: UUID, package_id: UUID) -> HttpResponse:
    """The body of one package, for polling; a reader without htmx is sent to the page."""
    actor = actor_of(request)
    package = _package(actor, design_id, package_id)
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("packages", design_id)
    seen = package_seen(package, may_cancel=may(actor, Action.BUILD_PACKAGE, package.design))
    status = 200 if seen.poll_href else STOP_POLLING
    return render(request, "components/package_body.html", {"package": seen}, status=status)


@signed_in
@require_POST
def cancel(request: HttpRequest, design_id: UUID, package_id: UUID) -> HttpResponse:
    """Stop a build; one that has ended stays as it is, and the page shows how it ended."""
    actor = actor_of(request)
    design_or_404(actor, design_id, Action.BUILD_PACKAGE)
    services.cancel_package(_package(actor, design_id, package_id), actor=actor)
    return redirect("packages", design_id)


@signed_in
@require_safe
def report(request: HttpRequest, design_id: UUID, package_id: UUID) -> HttpResponse:
    package = _built(actor_of(request), design_id, package_id)
    return _download(get_blob(package.report_blob, package.report_sha256), "report.pdf", "application/pdf")


@signed_in
@require_safe
def archive(request: HttpRequest, design_id: UUID, package_id: UUID) -> HttpResponse:
    package = _built(actor_of(request), design_id, package_id)
    return _download(get_blob(package.archive_blob, package.archive_sha256), "package.zip", "application/zip")


def _package(actor: Actor, design_id: UUID, package_id: UUID) -> Package:
    package = access.package_or_404(actor, package_id)
    if package.design_id != design_id:
        raise Http404("no such package in this design")
    return package


def _built(actor: Actor, design_id: UUID, package_id: UUID) -> Package:
    package = _package(actor, design_id, package_id)
    if package.job.state != JobState.DONE or package.purged_at is not None:
        raise Http404("this package is not built, or was deleted after its retention")
    return package


def _download(content: bytes, name: str, kind: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=kind, headers=headers)


def _states(designs: Sequence[Design]) -> Mapping[UUID, road.State]:
    latest = access.latest_package_states(designs)
    said = {
        JobState.QUEUED: road.State(_("Being built")),
        JobState.RUNNING: road.State(_("Being built")),
        JobState.DONE: road.State(_("Signed"), "pass"),
        JobState.FAILED: road.State(_("Failed"), "fail"),
        JobState.CANCELLED: road.State(_("Cancelled")),
    }
    return {
        design.pk: said[JobState(latest[design.pk])] if design.pk in latest else road.State(_("None yet"))
        for design in designs
    }


road.register(road.Step("packages", gettext_lazy("Package"), "packages", 6, _states))
