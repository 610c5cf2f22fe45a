"""Addresses of the pages about evidence, controls and packages."""

from __future__ import annotations

from django.urls import path

from evidence.views import controls, evidence, packages, verify

urlpatterns = [
    path("designs/<uuid:design_id>/evidence/", evidence.evidence, name="evidence"),
    path("designs/<uuid:design_id>/controls/", controls.controls, name="controls"),
    path("designs/<uuid:design_id>/packages/", packages.packages, name="packages"),
    path("designs/<uuid:design_id>/packages/<uuid:package_id>/", packages.state, name="package-state"),
    path("designs/<uuid:design_id>/packages/<uuid:package_id>/report.pdf", packages.report, name="package-report"),
    path("designs/<uuid:design_id>/packages/<uuid:package_id>/package.zip", packages.archive, name="package-archive"),
    path("verify/", verify.verify, name="verify"),
]
