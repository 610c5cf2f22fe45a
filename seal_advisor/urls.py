"""Every address: pages of both packages, the API, and what the operator's tools ask for."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from django.views.i18n import set_language
from django_prometheus.exports import ExportToDjangoView

from seal_advisor.api import health, problems

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", problems.read_only(ExportToDjangoView), name="prometheus-django-metrics"),
    path("api/", include("seal_advisor.api.urls")),
    path("api/v1/", include("evidence.api.urls")),
    # Django's own answer to an unknown address is a page; below /api/ it must be problem+json.
    re_path(r"^api/.*$", problems.unknown_address),
    path("admin/login/", RedirectView.as_view(pattern_name="login", query_string=True)),
    path("admin/password_change/", RedirectView.as_view(pattern_name="account_change_password")),
    path("admin/", admin.site.urls),
    path("language/", set_language, name="set_language"),
    path("", include("seal_advisor.sign_in.urls")),
    path("", include("seal_advisor.views.urls")),
    path("", include("evidence.views.urls")),
]
handler400 = "seal_advisor.api.problems.bad_request"
handler403 = "seal_advisor.api.problems.forbidden"
handler404 = "seal_advisor.api.problems.not_found"
handler500 = "seal_advisor.api.problems.server_error"
