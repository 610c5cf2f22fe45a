"""What is still to be collected, and which days the evidence covers."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from evidence.overview import overview_of, plan_of
from evidence.storage import BlobChanged
from evidence.views.contexts.overview import coverage_page, plan_page
from seal_advisor.access import actor_of, design_or_404
from seal_advisor.views.door import signed_in
from seal_advisor.views.words import Problem

LONGEST_DAYS = 732
LAST_MOMENT = timedelta(days=1) - timedelta(microseconds=1)


class Period(forms.Form):
    """The days to look at, both or none."""

    observed_from = forms.DateTimeField(required=False, input_formats=["%Y-%m-%d"])
    observed_to = forms.DateTimeField(required=False, input_formats=["%Y-%m-%d"])

    def clean(self) -> None:
        super().clean()
        begin, end = self.cleaned_data.get("observed_from"), self.cleaned_data.get("observed_to")
        if bool(begin) != bool(end) and not self.errors:
            self.add_error("observed_to", _("Give both days, or none for the last ninety."))
        if begin and end and not timedelta(0) <= end - begin <= timedelta(days=LONGEST_DAYS):
            self.add_error("observed_to", _("The period ends after it begins, and has two years at most."))


@signed_in
@require_safe
def collect_plan(request: HttpRequest, design_id: UUID) -> HttpResponse:
    design = design_or_404(actor_of(request), design_id)
    try:
        plan = plan_of(design)
    except BlobChanged as error:
        return _changed(request, design.pk, error)
    return render(request, "pages/collect_plan.html", {"page": plan_page(design, plan)})


@signed_in
@require_safe
def coverage(request: HttpRequest, design_id: UUID) -> HttpResponse:
    """`observed_from`, `observed_to`: the days to look at."""
    design = design_or_404(actor_of(request), design_id)
    period = Period(request.GET)
    problems = [Problem(str(error), f"#{field}") for field, errors in period.errors.items() for error in errors]
    begin = period.cleaned_data.get("observed_from") if not problems else None
    end = period.cleaned_data.get("observed_to") if not problems else None
    try:
        seen = overview_of(design, observed_from=begin, observed_to=end + LAST_MOMENT if end else None)
    except BlobChanged as error:
        return _changed(request, design.pk, error)
    page = coverage_page(design, seen, problems)
    return render(request, "pages/coverage.html", {"page": page}, status=422 if problems else 200)


def _changed(request: HttpRequest, design_id: UUID, error: BlobChanged) -> HttpResponse:
    messages.error(request, _("Nothing can be judged: %(error)s. Tell the administrator.") % {"error": error})
    return redirect("evidence", design_id)
