"""The shapes that go in and out, for reading, writing and the OpenAPI document."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from seal_advisor import frameworks
from seal_advisor.core.words import hint
from seal_advisor.models import AnswerChange, ApiToken, Design, Revision


class AnswersShape(serializers.Serializer):
    """An answers file. Checked in full by core.answers, which knows every question and the nearest valid name."""

    ruleset = serializers.CharField(required=False, help_text="Version of the ruleset that the answers were given for.")
    answers = serializers.DictField(
        child=serializers.CharField(allow_null=True), required=False, help_text="Question id: value, or null."
    )
    unsure = serializers.ListField(child=serializers.CharField(), required=False)
    notes = serializers.DictField(child=serializers.CharField(), required=False)


class ErrorShape(serializers.Serializer):
    field = serializers.CharField()
    detail = serializers.CharField()
    remedy = serializers.CharField(required=False)


class ProblemShape(serializers.Serializer):
    """RFC 9457."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = ErrorShape(many=True)


class ReasonShape(serializers.Serializer):
    rule = serializers.CharField()
    why = serializers.CharField()
    source = serializers.CharField()
    answers = serializers.DictField(child=serializers.CharField(allow_null=True))


class ConcernShape(serializers.Serializer):
    rule = serializers.CharField()
    criterion = serializers.CharField()
    severity = serializers.IntegerField()
    why = serializers.CharField()
    source = serializers.CharField()


class OptionShape(serializers.Serializer):
    id = serializers.CharField()
    state = serializers.ChoiceField(("recommended", "possible", "excluded", "open"))
    reasons = ReasonShape(many=True)
    concerns = ConcernShape(many=True)
    changes = serializers.ListField(
        child=serializers.DictField(child=serializers.ListField(child=serializers.CharField()))
    )


class RulesetShape(serializers.Serializer):
    version = serializers.CharField()
    sha256 = serializers.CharField()


class ObligationShape(serializers.Serializer):
    id = serializers.CharField()
    why = serializers.CharField()
    controls = serializers.ListField(child=serializers.CharField())


class DecisionShape(serializers.Serializer):
    """What `seal-advisor decide --format json` prints."""

    ruleset = RulesetShape()
    house = serializers.JSONField(allow_null=True)
    status = serializers.ChoiceField(("recommended", "tie", "none", "open"))
    recommended = serializers.ListField(child=serializers.CharField())
    options = OptionShape(many=True)
    because = serializers.ListField(child=serializers.CharField())
    conflicts = serializers.ListField(child=serializers.ListField(child=serializers.CharField()))
    obligations = ObligationShape(many=True)
    warnings = serializers.ListField(child=serializers.JSONField())
    next_question = serializers.CharField(allow_null=True)


class DesignShape(serializers.ModelSerializer[Design]):
    """A design with its draft answers, flat as in an answers file."""

    author = serializers.CharField(source="author.username", read_only=True)
    organisation = serializers.UUIDField(source="organisation_id", read_only=True)
    ruleset = serializers.CharField(source="ruleset_version", read_only=True)
    answers = serializers.SerializerMethodField()
    unsure = serializers.SerializerMethodField()
    notes = serializers.SerializerMethodField()

    class Meta:
        model = Design
        fields = (
            "id", "organisation", "title", "author", "ruleset", "answers", "unsure", "notes", "frameworks", "sample",
            "version", "created_at", "updated_at",
        )  # fmt: skip

    def get_answers(self, design: Design) -> dict[str, str]:
        return dict(design.answers.get("answers", {}))

    def get_unsure(self, design: Design) -> list[str]:
        return list(design.answers.get("unsure", []))

    def get_notes(self, design: Design) -> dict[str, str]:
        return dict(design.answers.get("notes", {}))


class FrameworkField(serializers.CharField):
    """The id of a framework that controls are mapped to; any other is refused with the nearest one."""

    default_error_messages = {"unknown": "no framework {word!r}{hint}"}  # noqa: RUF012 - rest_framework's own form

    def to_internal_value(self, data: Any) -> str:
        word: str = super().to_internal_value(data)
        known = frameworks.titles()
        if word not in known:
            self.fail("unknown", word=word, hint=hint(word, known))
        return word


class NewDesignShape(AnswersShape):
    """A title and, if there are any yet, answers. organisation: needed only by who belongs to several."""

    title = serializers.CharField(max_length=200)
    organisation = serializers.UUIDField(required=False)
    frameworks = serializers.ListField(child=FrameworkField(max_length=60), max_length=50, required=False)


class DesignChangeShape(serializers.Serializer):
    title = serializers.CharField(max_length=200, required=False)
    frameworks = serializers.ListField(child=FrameworkField(max_length=60), max_length=50, required=False)


class FilesShape(serializers.Serializer):
    files = serializers.DictField(child=serializers.CharField(), help_text="Relative path to text.")


class ChangeShape(serializers.ModelSerializer[AnswerChange]):
    user = serializers.CharField(source="user.username", read_only=True)

    class Meta:
        model = AnswerChange
        fields = ("version", "part", "question", "before", "after", "user", "at")


class RevisionShape(serializers.ModelSerializer[Revision]):
    author = serializers.CharField(source="author.username", read_only=True)
    ruleset = serializers.CharField(source="ruleset_id", read_only=True)

    class Meta:
        model = Revision
        fields = (
            "id", "number", "answers", "decision", "decision_sha256", "ruleset", "engine_version", "author",
            "created_at",
        )  # fmt: skip


class TokenShape(serializers.ModelSerializer[ApiToken]):
    """secret: only in the answer that creates the token."""

    scopes = serializers.ListField(child=serializers.CharField())
    secret = serializers.SerializerMethodField()

    class Meta:
        model = ApiToken
        fields = (
            "id", "name", "organisation", "design", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at",
            "secret",
        )  # fmt: skip

    def get_secret(self, token: ApiToken) -> str | None:
        return self.context.get("secret")


class NewTokenShape(serializers.Serializer):
    name = serializers.CharField(max_length=200)
    organisation = serializers.UUIDField(required=False)
    design = serializers.UUIDField(required=False)
    scopes = serializers.ListField(child=serializers.CharField(), min_length=1, max_length=10)
    expires_at = serializers.DateTimeField()


def answers_document(data: Any) -> Any:
    """The answers file inside a request: its own keys only. What is wrong with it is core.answers' to say."""
    if not isinstance(data, dict):
        return data
    nested = data.get("answers")
    if isinstance(nested, dict) and isinstance(nested.get("answers"), dict):
        return nested
    return {name: value for name, value in data.items() if name in {"ruleset", "answers", "unsure", "notes"}}
