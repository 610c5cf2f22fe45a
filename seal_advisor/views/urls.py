"""Addresses of the pages about a design, and the door."""

from __future__ import annotations

from django.urls import path

from seal_advisor.views import (
    answer_files,
    compare,
    decision,
    designs,
    handbook,
    house_rules,
    people,
    pipelines,
    questions,
    revisions,
)

urlpatterns = [
    path("", designs.designs, name="designs"),
    path("designs/new/", answer_files.prefilled, name="prefilled"),
    path("help/", handbook.index, name="help"),
    path("help/questions/", handbook.questions, name="help-questions"),
    path("help/options/", handbook.options, name="help-options"),
    path("sample/", designs.sample, name="sample"),
    path("organisations/<uuid:organisation_id>/house-rules/", house_rules.house_rules, name="house-rules"),
    path("organisations/<uuid:organisation_id>/people/", people.people, name="people"),
    path("organisations/<uuid:organisation_id>/people/policy/", people.policy, name="people-policy"),
    path("organisations/<uuid:organisation_id>/people/<int:membership_id>/", people.member, name="member"),
    path("designs/<uuid:design_id>/pipelines/", pipelines.pipelines, name="pipelines"),
    path("designs/<uuid:design_id>/pipelines/<uuid:pipeline_id>/end/", pipelines.end, name="pipeline"),
    path("designs/<uuid:design_id>/", questions.questions, name="questions"),
    path("designs/<uuid:design_id>/answers/", questions.answers, name="answers"),
    path("designs/<uuid:design_id>/answers/unmapped/", questions.unmapped, name="unmapped"),
    path("designs/<uuid:design_id>/answers/file/", answer_files.answers_file, name="answers-file"),
    path("designs/<uuid:design_id>/answers/answers.json", answer_files.export, name="answers-json"),
    path("designs/<uuid:design_id>/compare/", compare.compare, name="compare"),
    path("designs/<uuid:design_id>/copy/", compare.copy, name="copy"),
    path("designs/<uuid:design_id>/decision/", decision.decision, name="decision"),
    path("designs/<uuid:design_id>/decision/files.zip", decision.archive, name="design-zip"),
    path("designs/<uuid:design_id>/decision/files/<path:name>", decision.file, name="design-file"),
    path("designs/<uuid:design_id>/revisions/", revisions.revisions, name="revisions"),
    path("designs/<uuid:design_id>/revisions/new/", revisions.check, name="check-answers"),
    path("designs/<uuid:design_id>/revisions/<int:number>/", revisions.revision, name="revision"),
    path("designs/<uuid:design_id>/revisions/<int:number>/decision.json", revisions.decision, name="revision-json"),
]
