"""Addresses of the API's second half, below `/api/v1/`: evidence, controls, packages, ledger."""

from __future__ import annotations

from django.urls import path

from evidence.api import (
    erasing,
    evidence,
    fleet,
    ledger,
    overview,
    packages,
    register,
    shared_certificates,
    trail,
    upkeep,
    uploads,
    webhooks,
)
from evidence.meetings.api_urls import urlpatterns as meetings

urlpatterns = [
    *meetings,
    path("designs/<uuid:design_id>/evidence/", evidence.EvidenceList.as_view(), name="api-evidence"),
    path("designs/<uuid:design_id>/evidence/raw/", evidence.RawEvidence.as_view(), name="api-evidence-raw"),
    path("designs/<uuid:design_id>/uploads/", uploads.Uploads.as_view(), name="api-uploads"),
    path(
        "designs/<uuid:design_id>/uploads/<uuid:upload_id>/<str:key>/",
        uploads.OneUpload.as_view(),
        name="api-upload",
    ),
    path("designs/<uuid:design_id>/webhooks/", webhooks.Webhooks.as_view(), name="api-webhooks"),
    path("designs/<uuid:design_id>/webhooks/<uuid:webhook_id>/", webhooks.OneWebhook.as_view(), name="api-webhook"),
    path(
        "designs/<uuid:design_id>/webhooks/<uuid:webhook_id>/deliveries/",
        webhooks.Deliveries.as_view(),
        name="api-deliveries",
    ),
    path("fleet/", fleet.Fleet.as_view(), name="api-fleet"),
    path("trail/", trail.Trail.as_view(), name="api-trail"),
    path("designs/<uuid:design_id>/controls/", evidence.Controls.as_view(), name="api-controls"),
    path("designs/<uuid:design_id>/erasures/", erasing.Erasures.as_view(), name="api-erasures"),
    path("designs/<uuid:design_id>/evidence/<uuid:artefact_id>/erasure/", erasing.Erase.as_view(), name="api-erasure"),
    path("designs/<uuid:design_id>/collect-plan/", overview.CollectPlan.as_view(), name="api-collect-plan"),
    path("designs/<uuid:design_id>/coverage/", overview.Coverage.as_view(), name="api-coverage"),
    path(
        "designs/<uuid:design_id>/frameworks/<slug:framework_id>/",
        overview.OneFramework.as_view(),
        name="api-framework",
    ),
    path(
        "designs/<uuid:design_id>/frameworks/<slug:framework_id>/table.csv",
        overview.FrameworkTable.as_view(),
        name="api-framework-table",
    ),
    path("designs/<uuid:design_id>/register/", register.Register.as_view(), name="api-register"),
    path("designs/<uuid:design_id>/register/certificates/", register.Certificates.as_view(), name="api-certificates"),
    path("designs/<uuid:design_id>/register/attestations/", register.Attestations.as_view(), name="api-attestations"),
    path("designs/<uuid:design_id>/register/waivers/", register.Waivers.as_view(), name="api-waivers"),
    path("designs/<uuid:design_id>/register/exclusions/", register.Exclusions.as_view(), name="api-exclusions"),
    path(
        "designs/<uuid:design_id>/register/<uuid:entry_id>/approval/",
        register.Approval.as_view(),
        name="api-waiver-approval",
    ),
    path("designs/<uuid:design_id>/register/<uuid:entry_id>/end/", register.End.as_view(), name="api-statement-end"),
    path("designs/<uuid:design_id>/schedule/", upkeep.OneSchedule.as_view(), name="api-schedule"),
    path("designs/<uuid:design_id>/holds/", upkeep.Holds.as_view(), name="api-holds"),
    path(
        "designs/<uuid:design_id>/holds/<uuid:hold_id>/release/",
        upkeep.Release.as_view(),
        name="api-hold-release",
    ),
    path("designs/<uuid:design_id>/retention/", upkeep.OneRetention.as_view(), name="api-retention"),
    path(
        "organisations/<uuid:organisation_id>/certificates/",
        shared_certificates.SharedCertificates.as_view(),
        name="api-shared-certificates",
    ),
    path(
        "organisations/<uuid:organisation_id>/certificates/<uuid:entry_id>/end/",
        shared_certificates.EndShared.as_view(),
        name="api-shared-certificate-end",
    ),
    path("designs/<uuid:design_id>/packages/", packages.Packages.as_view(), name="api-packages"),
    path("packages/<uuid:package_id>/", packages.OnePackage.as_view(), name="api-package"),
    path("packages/<uuid:package_id>/cancel/", packages.Cancel.as_view(), name="api-package-cancel"),
    path("packages/<uuid:package_id>/changes/", packages.Changes.as_view(), name="api-package-changes"),
    path("packages/<uuid:package_id>/report.pdf", packages.Report.as_view(), name="api-report"),
    path("packages/<uuid:package_id>/package.zip", packages.Archive.as_view(), name="api-archive"),
    path("verify/", packages.Verify.as_view(), name="api-verify"),
    path("ledger/head/", ledger.Head.as_view(), name="api-ledger-head"),
    path("ledger/consistency/", ledger.Growth.as_view(), name="api-ledger-consistency"),
    path("ledger/proof/", ledger.Proof.as_view(), name="api-ledger-proof"),
]
