"""Check a package without an account. The upload lives in memory for this one request and is not kept."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from evidence.views.contexts.verify import VerifyPage


@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    page = VerifyPage()
    return render(request, "pages/verify.html", {"page": page})
