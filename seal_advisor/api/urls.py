"""Addresses of the API's first half: decisions and designs."""

from __future__ import annotations

from django.urls import path

from seal_advisor.api import designs, house_rules, pipelines, schema, tokens

urlpatterns = [
    path("schema/", schema.Schema.as_view(), name="api-schema"),
    path("v1/docs/", schema.docs, name="api-docs"),
    path("v1/decisions/", designs.Decisions.as_view(), name="api-decisions"),
    path("v1/designs/", designs.Designs.as_view(), name="api-designs"),
    path("v1/designs/<uuid:design_id>/", designs.OneDesign.as_view(), name="api-design"),
    path("v1/designs/<uuid:design_id>/answers/", designs.DesignAnswers.as_view(), name="api-answers"),
    path("v1/designs/<uuid:design_id>/history/", designs.DesignHistory.as_view(), name="api-history"),
    path("v1/designs/<uuid:design_id>/decision/", designs.DesignDecision.as_view(), name="api-decision"),
    path("v1/designs/<uuid:design_id>/files/", designs.DesignFiles.as_view(), name="api-files"),
    path("v1/designs/<uuid:design_id>/revisions/", designs.DesignRevisions.as_view(), name="api-revisions"),
    path("v1/designs/<uuid:design_id>/pipelines/", pipelines.Pipelines.as_view(), name="api-pipelines"),
    path(
        "v1/designs/<uuid:design_id>/pipelines/<uuid:pipeline_id>/",
        pipelines.OnePipeline.as_view(),
        name="api-pipeline",
    ),
    path("v1/pipelines/tokens/", pipelines.JobTokens.as_view(), name="api-job-tokens"),
    path(
        "v1/organisations/<uuid:organisation_id>/house-rules/",
        house_rules.OrganisationHouseRules.as_view(),
        name="api-house-rules",
    ),
    path("v1/tokens/", tokens.Tokens.as_view(), name="api-tokens"),
    path("v1/tokens/<uuid:token_id>/", tokens.OneToken.as_view(), name="api-token"),
    path("v1/tokens/<uuid:token_id>/rotate/", tokens.Rotation.as_view(), name="api-token-rotate"),
]
