"""The shapes of reviews that go in and out, for reading, writing and the OpenAPI document."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from evidence.core.meeting import agenda, votes
from evidence.meetings import proceedings, records
from evidence.meetings.models import ActionItem, Minutes, Remark, Review, ShareLink, Vote

STATES = ("open", "not_approved", "signed_off", "lapsed", "withdrawn")


class OpenReviewShape(serializers.Serializer):
    """revision: the number of a frozen one; absent: the draft, which is frozen first."""

    revision = serializers.IntegerField(min_value=1, required=False)
    quorum = serializers.IntegerField(min_value=1, max_value=50, default=2)
    deadline = serializers.DateField(required=False, allow_null=True)


class SetMemberShape(serializers.Serializer):
    id = serializers.UUIDField()
    name = serializers.CharField()
    sha256 = serializers.CharField()
    stored_sha256 = serializers.CharField()


class ActionItemShape(serializers.ModelSerializer[ActionItem]):
    owner = serializers.CharField(source="owner.username", read_only=True)

    class Meta:
        model = ActionItem
        fields = ("id", "text", "owner", "due", "done_at")


class VoteShape(serializers.ModelSerializer[Vote]):
    """A later vote of the same person replaces the earlier one; both are listed."""

    user = serializers.CharField(source="user.username", read_only=True)
    conditions = ActionItemShape(many=True, read_only=True)

    class Meta:
        model = Vote
        fields = ("id", "user", "choice", "reason", "created_at", "conditions")


class ReviewShape(serializers.ModelSerializer[Review]):
    """state: signed_off stands, lapsed and withdrawn no longer do; lapses: why, a sentence each."""

    revision = serializers.IntegerField(source="revision.number", read_only=True)
    state = serializers.SerializerMethodField()
    lapses = serializers.SerializerMethodField()
    evidence = SetMemberShape(many=True)
    authors = serializers.SlugRelatedField("username", many=True, read_only=True)
    opened_by = serializers.CharField(source="opened_by.username", read_only=True)
    votes = VoteShape(many=True, read_only=True)
    decision_sha256 = serializers.CharField(source="revision.decision_sha256", read_only=True)

    class Meta:
        model = Review
        fields = (
            "id", "design", "number", "revision", "decision_sha256", "state", "lapses", "evidence", "quorum",
            "deadline", "authors", "opened_by", "created_at", "closed_at", "votes",
        )  # fmt: skip

    def get_state(self, review: Review) -> str:
        if review.state != Review.State.APPROVED:
            return str(review.state)
        if hasattr(review.sign_off, "withdrawal"):
            return "withdrawn"
        return "lapsed" if self.get_lapses(review) else "signed_off"

    def get_lapses(self, review: Review) -> list[str]:
        return list(records.lapses_of(review))


class AgendaItemShape(serializers.Serializer):
    kind = serializers.ChoiceField(agenda.KINDS)
    subject = serializers.CharField()
    title = serializers.CharField()
    detail = serializers.CharField()


class AgendaShape(serializers.Serializer):
    items = AgendaItemShape(many=True)


class NewRemarkShape(serializers.Serializer):
    """subject: answer:QUESTION, reason:RULE, control:CONTROL or artefact:ID."""

    subject = serializers.CharField(max_length=120)
    text = serializers.CharField(max_length=4000)


class AnswerRemarkShape(serializers.Serializer):
    """does: "resolve" or "reopen" settles the thread or opens it again; without it the text answers."""

    text = serializers.CharField(max_length=4000, required=False, allow_blank=True, default="")
    does = serializers.ChoiceField(("", "resolve", "reopen"), required=False, default="")


class EntryShape(serializers.ModelSerializer[Remark]):
    author = serializers.CharField(source="author.username", read_only=True)

    class Meta:
        model = Remark
        fields = ("id", "text", "does", "author", "created_at")


class ThreadShape(serializers.Serializer):
    id = serializers.UUIDField()
    subject = serializers.CharField()
    about = serializers.CharField()
    resolved = serializers.BooleanField()
    entries = EntryShape(many=True)


def threads(review: Review) -> dict[str, Any]:
    """All threads of a review, in the shape of ThreadsShape."""
    return {
        "threads": [
            {
                "id": str(first.pk),
                "subject": first.subject,
                "about": proceedings.about(review, first.subject),
                "resolved": proceedings.is_resolved(entries),
                "entries": EntryShape(entries, many=True).data,
            }
            for first, entries in proceedings.threads(review)
        ]
    }


class ThreadsShape(serializers.Serializer):
    threads = ThreadShape(many=True)


class ConditionShape(serializers.Serializer):
    text = serializers.CharField(max_length=4000)
    owner = serializers.CharField(max_length=150)
    due = serializers.DateField()


class NewVoteShape(serializers.Serializer):
    """reason: needed to reject. conditions: needed by "conditions", and only there."""

    choice = serializers.ChoiceField(votes.CHOICES)
    reason = serializers.CharField(max_length=4000, required=False, allow_blank=True, default="")
    conditions = ConditionShape(many=True, required=False)


class ReasonShape(serializers.Serializer):
    reason = serializers.CharField(max_length=4000)


class MinutesShape(serializers.ModelSerializer[Minutes]):
    """text: Markdown; signature: base64, over its UTF-8 bytes, as `openssl dgst -sha256 -verify` takes it."""

    class Meta:
        model = Minutes
        fields = ("text", "sha256", "signature", "certificate", "created_at")


class NewLinkShape(serializers.Serializer):
    name = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    parts = serializers.ListField(child=serializers.ChoiceField(ShareLink.PARTS), min_length=1, max_length=8)
    expires_at = serializers.DateTimeField()


class LinkShape(serializers.ModelSerializer[ShareLink]):
    """secret: only in the answer that makes the link; its address is /shared/SECRET/."""

    parts = serializers.ListField(child=serializers.CharField())
    secret = serializers.SerializerMethodField()

    class Meta:
        model = ShareLink
        fields = ("id", "name", "parts", "created_at", "expires_at", "revoked_at", "used_at", "secret")

    def get_secret(self, link: ShareLink) -> str | None:
        return self.context.get("secret")


class LinksShape(serializers.Serializer):
    links = LinkShape(many=True)
