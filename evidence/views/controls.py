"""Every control, judged from the evidence against the decision."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from evidence import services
from evidence.core.results import Verdict
from evidence.register.services import versions_of
from evidence.storage import BlobChanged
from evidence.views.contexts.controls import controls_page
from seal_advisor.access import Action, actor_of, design_or_404, may
from seal_advisor.models import Design
from seal_advisor.views import road
from seal_advisor.views.door import signed_in
from seal_advisor.views.words import counted


@signed_in
@require_safe
def controls(request: HttpRequest, design_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    design = design_or_404(actor, design_id)
    try:
        results = services.judge(design)
    except BlobChanged as error:
        messages.error(
            request,
            _("Nothing can be judged: %(error)s. Tell the administrator; the receipt is in the ledger.")
            % {"error": error},
        )
        return redirect("evidence", design.pk)
    page = controls_page(design, results, may_build=may(actor, Action.BUILD_PACKAGE, design))
    return render(request, "pages/controls.html", {"page": page})


def _states(designs: Sequence[Design]) -> Mapping[UUID, road.State]:
    received, registers = services.receipts(designs), versions_of(designs)
    return {design.pk: _state(design, received[design.pk], registers[design.pk]) for design in designs}


def _state(design: Design, received: Sequence[UUID], register: str) -> road.State:
    """One damaged blob must not take the home page down; the controls page itself says what happened."""
    try:
        counts = Counter(result.verdict for result in services.judge(design, received=received, register=register))
    except BlobChanged:
        return road.State(_("Evidence was changed"), "fail")
    if counts[Verdict.FAIL]:
        return road.State(_("%(value)s failed") % {"value": counts[Verdict.FAIL]}, "fail")
    held = counts[Verdict.PASS] + counts[Verdict.ATTESTED]
    judged = sum(counts.values()) - counts[Verdict.NOT_APPLICABLE]
    return road.State(
        _("%(held)s of %(counted)s hold") % {"held": held, "counted": counted(judged, "control")},
        "pass" if held == judged else "",
    )


road.register(road.Step("controls", gettext_lazy("Controls"), "controls", 4, _states))
