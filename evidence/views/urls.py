"""Addresses of the pages about evidence, controls and packages."""

from __future__ import annotations

from django.urls import path

from evidence.meetings.urls import urlpatterns as meetings
from evidence.views import (
    artefact,
    changes,
    controls,
    drift,
    evidence,
    fleet,
    frameworks,
    handbook,
    overview,
    packages,
    prefill,
    register,
    search,
    trail,
    upkeep,
    verify,
    webhooks,
)
from evidence.views import shared_certificates as shared

urlpatterns = [
    *meetings,
    path("fleet/", fleet.fleet, name="fleet"),
    path("fleet/fleet.csv", fleet.table, name="fleet-csv"),
    path("trail/", trail.trail, name="trail"),
    path("search/", search.search, name="search"),
    path("help/controls/", handbook.controls, name="help-controls"),
    path("designs/<uuid:design_id>/answers/prefill/", prefill.prefill, name="prefill"),
    path("designs/<uuid:design_id>/evidence/", evidence.evidence, name="evidence"),
    path("designs/<uuid:design_id>/evidence/<uuid:artefact_id>/", artefact.artefact, name="artefact"),
    path("designs/<uuid:design_id>/evidence/<uuid:artefact_id>/kind/", evidence.kind, name="artefact-kind"),
    path("designs/<uuid:design_id>/evidence/<uuid:artefact_id>/erase/", artefact.erase, name="artefact-erase"),
    path("designs/<uuid:design_id>/webhooks/", webhooks.webhooks, name="webhooks"),
    path("designs/<uuid:design_id>/webhooks/<uuid:webhook_id>/", webhooks.webhook, name="webhook"),
    path("designs/<uuid:design_id>/webhooks/<uuid:webhook_id>/end/", webhooks.end, name="webhook-end"),
    path("designs/<uuid:design_id>/drift/", drift.drift, name="drift"),
    path("designs/<uuid:design_id>/controls/", controls.controls, name="controls"),
    path("designs/<uuid:design_id>/collect-plan/", overview.collect_plan, name="collect-plan"),
    path("designs/<uuid:design_id>/coverage/", overview.coverage, name="coverage"),
    path("designs/<uuid:design_id>/frameworks/", frameworks.frameworks, name="frameworks"),
    path("designs/<uuid:design_id>/frameworks/<slug:framework_id>/", frameworks.framework, name="framework"),
    path("designs/<uuid:design_id>/frameworks/<slug:framework_id>/table.csv", frameworks.as_csv, name="framework-csv"),
    path("organisations/<uuid:organisation_id>/certificates/", shared.certificates, name="shared-certificates"),
    path(
        "organisations/<uuid:organisation_id>/certificates/<uuid:entry_id>/end/",
        shared.end,
        name="shared-certificate-end",
    ),
    path("designs/<uuid:design_id>/register/", register.register, name="register"),
    path("designs/<uuid:design_id>/register/<slug:kind>/", register.enter, name="register-enter"),
    path("designs/<uuid:design_id>/register/<uuid:entry_id>/approval/", register.approve, name="register-approve"),
    path("designs/<uuid:design_id>/register/<uuid:entry_id>/end/", register.end, name="register-end"),
    path("designs/<uuid:design_id>/packages/", packages.packages, name="packages"),
    path("designs/<uuid:design_id>/packages/<uuid:package_id>/", packages.state, name="package-state"),
    path("designs/<uuid:design_id>/packages/<uuid:package_id>/cancel/", packages.cancel, name="package-cancel"),
    path("designs/<uuid:design_id>/packages/<uuid:package_id>/changes/", changes.changes, name="package-changes"),
    path("designs/<uuid:design_id>/upkeep/", upkeep.upkeep, name="upkeep"),
    path("designs/<uuid:design_id>/upkeep/schedule/", upkeep.schedule, name="upkeep-schedule"),
    path("designs/<uuid:design_id>/upkeep/holds/", upkeep.place, name="upkeep-hold"),
    path("designs/<uuid:design_id>/upkeep/holds/<uuid:hold_id>/", upkeep.release, name="upkeep-release"),
    path("designs/<uuid:design_id>/upkeep/retention/", upkeep.retention, name="upkeep-retention"),
    path("designs/<uuid:design_id>/packages/<uuid:package_id>/report.pdf", packages.report, name="package-report"),
    path("designs/<uuid:design_id>/packages/<uuid:package_id>/package.zip", packages.archive, name="package-archive"),
    path("verify/", verify.verify, name="verify"),
]
