"""Check a package without an account. The upload lives in memory for this one request and is not kept."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from evidence.core.verify import Unreadable
from evidence.core.verify import verify as check
from evidence.services import VERIFIED_BYTES
from evidence.views.contexts.verify import VerifyPage, report
from seal_advisor.views.words import Problem


@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """GET the form; POST a package or a report, answered with every check."""
    page, status = _checked(request) if request.method == "POST" else (VerifyPage(), 200)
    return render(request, "pages/verify.html", {"page": page}, status=status)


def _checked(request: HttpRequest) -> tuple[VerifyPage, int]:
    too_large = getattr(request, "upload_too_large", None)
    if too_large is not None:
        return _refused(_("%(too_large)s. Use `seal-advisor verify` for it.") % {"too_large": too_large}), 413
    file = request.FILES.get("file")
    if file is None:
        return _refused(_("Choose a package.zip or a report.pdf.")), 422
    name = file.name or _("the file")
    try:
        found = check(file.read(), now=timezone.now(), strangers=False, unpacked=VERIFIED_BYTES)
    except Unreadable as error:
        return _refused(
            _("%(name)s: %(error)s. Choose the package.zip or report.pdf as it was downloaded.")
            % {"name": name, "error": error}
        ), 422
    return VerifyPage(report=report(name, found)), 200


def _refused(text: str) -> VerifyPage:
    return VerifyPage(problems=(Problem(text, "#file"),))
