"""Who is at the door: a page asks a stranger to sign in; a request behind a page is refused plainly."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from seal_advisor.rulesets import HouseDoesNotFit

View = Callable[..., HttpResponseBase]


def signed_in(view: View) -> View:
    """`login_required`, for addresses that htmx asks too, and for pages that "Back" must fetch again.

    A kept copy would show answers as they were before the last change, and private pages after signing out.
    htmx follows a redirect and would show the sign-in page where the result stood, as if the answer had been saved; a
    401 leaves the page as it is, and the page says that the answer was not saved.
    """
    page = never_cache(login_required(view))

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if request.htmx and not request.user.is_authenticated:  # type: ignore[attr-defined]
            return HttpResponse(status=401)
        try:
            return page(request, *args, **kwargs)
        except HouseDoesNotFit as error:
            return render(request, "pages/house_does_not_fit.html", {"error": error}, status=409)

    return guarded
