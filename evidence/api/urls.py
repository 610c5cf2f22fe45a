"""Addresses of the API's second half, below `/api/v1/`: evidence, controls, packages, ledger."""

from __future__ import annotations

from django.urls import path

from evidence.api import evidence, ledger, packages

urlpatterns = [
    path("designs/<uuid:design_id>/evidence/", evidence.EvidenceList.as_view(), name="api-evidence"),
    path("designs/<uuid:design_id>/evidence/raw/", evidence.RawEvidence.as_view(), name="api-evidence-raw"),
    path("designs/<uuid:design_id>/controls/", evidence.Controls.as_view(), name="api-controls"),
    path("designs/<uuid:design_id>/packages/", packages.Packages.as_view(), name="api-packages"),
    path("packages/<uuid:package_id>/", packages.OnePackage.as_view(), name="api-package"),
    path("packages/<uuid:package_id>/report.pdf", packages.Report.as_view(), name="api-report"),
    path("packages/<uuid:package_id>/package.zip", packages.Archive.as_view(), name="api-archive"),
    path("verify/", packages.Verify.as_view(), name="api-verify"),
    path("ledger/head/", ledger.Head.as_view(), name="api-ledger-head"),
    path("ledger/proof/", ledger.Proof.as_view(), name="api-ledger-proof"),
]
