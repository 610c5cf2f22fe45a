"""Who works on what: organisations, people, tokens; designs, their answers' history, their frozen revisions.

No row is reached except through `seal_advisor.access`. Revisions, answer changes and ruleset copies only grow:
database triggers on both engines refuse a change (migration 0002).
"""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils import timezone

from seal_advisor.pipelines.models import PipelineBinding, UsedIdentity

__all__ = ["PipelineBinding", "UsedIdentity"]  # Django finds a package's models in this module
TOKEN_LIFE_AT_MOST = timedelta(days=90)


class Role(models.TextChoices):
    ARCHITECT = "architect", "Architect"
    REVIEWER = "reviewer", "Reviewer"
    COMPLIANCE = "compliance", "Compliance officer"
    AUDITOR = "auditor", "Auditor"
    ADMINISTRATOR = "administrator", "Administrator"


class User(AbstractUser):
    """A person who signs in. What the person may do stands in Membership, per organisation.

    first_password_until: the password is an administrator's, to be changed until then (sign_in.passwords).
    """

    first_password_until = models.DateTimeField(null=True, blank=True, editable=False)


class Organisation(models.Model):
    """house: the house rules under which its designs are decided; None: the released rules alone.

    mfa_required: its members sign in with a second factor, or see no page (sign_in.policy).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200, unique=True)
    house = models.ForeignKey("HouseRules", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    mfa_required = models.BooleanField("members need a second factor", default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("organisation", "user"), name="one_role_per_organisation"),)

    def __str__(self) -> str:
        return f"{self.user}: {self.get_role_display()} of {self.organisation}"


class ApiToken(models.Model):
    """A 192-bit secret of a script, kept as SHA-256 only. It can do what both its scopes and its owner's role allow.

    binding, claims: for a token that a CI job got for its identity; claims is what the issuer vouches for (word ->
    text, see pipelines.identity). replaces: the token that was rotated. The database holds the 90 days.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="tokens")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    design = models.ForeignKey("Design", on_delete=models.CASCADE, null=True, blank=True, related_name="tokens")
    name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)
    replaces = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    binding = models.ForeignKey(PipelineBinding, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    claims = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ("-created_at",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(expires_at__lte=models.F("created_at") + TOKEN_LIFE_AT_MOST),
                name="token_lives_at_most_90_days",
            ),
        )

    def __str__(self) -> str:
        return self.name


class Design(models.Model):
    """The living thing a team works on. answers: the draft, `{"answers": {}, "unsure": [], "notes": {}}`.

    version: grows with every write; the API's ETag. parent: of which design this is a what-if copy. unmapped: question
    -> answer of an older ruleset that did not come over into this one, until somebody has seen it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="designs")
    title = models.CharField(max_length=200)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="designs")
    answers = models.JSONField(default=dict)
    ruleset_version = models.CharField(max_length=40, blank=True)
    frameworks = models.JSONField(default=list, blank=True)
    parent = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="copies")
    unmapped = models.JSONField(default=dict, blank=True)
    version = models.PositiveIntegerField(default=1)
    sample = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("-created_at", "id")
        indexes = (models.Index(fields=("organisation", "-created_at"), name="designs_of_organisation"),)

    def __str__(self) -> str:
        return self.title


class AnswerChange(models.Model):
    """One answer, flag or note that changed: what it was, what it became, who, when. Never edited.

    part: "answers", "unsure" or "notes".
    """

    design = models.ForeignKey(Design, on_delete=models.PROTECT, related_name="changes")
    version = models.PositiveIntegerField()
    part = models.CharField(max_length=10)
    question = models.CharField(max_length=60)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    token = models.UUIDField(null=True, editable=False)
    at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("-id",)
        indexes = (models.Index(fields=("design", "question"), name="history_of_question"),)

    def __str__(self) -> str:
        return f"{self.question}: {self.before!r} -> {self.after!r}"


class RulesetCopy(models.Model):
    """The text of a ruleset that some revision rests on, by SHA-256. files: file name -> TOML."""

    sha256 = models.CharField(primary_key=True, max_length=64)
    version = models.CharField(max_length=40)
    files = models.JSONField()
    first_used_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return f"{self.version} ({self.sha256[:12]})"


class HouseRules(models.Model):
    """An organisation's own rules over the released ones, as they were accepted; see `core.house`. Never edited.

    files: file name -> TOML; none of them where the house rules were withdrawn. name, version: what [house] says.
    release: the version of the ruleset under which they were proved. sha256: over the files alone.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="house_rules")
    number = models.PositiveIntegerField()
    files = models.JSONField()
    sha256 = models.CharField(max_length=64)
    name = models.CharField(max_length=80, blank=True)
    version = models.CharField(max_length=80, blank=True)
    release = models.CharField(max_length=40)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("-number",)
        constraints = (models.UniqueConstraint(fields=("organisation", "number"), name="one_house_per_number"),)

    def __str__(self) -> str:
        return f"{self.name} {self.version}" if self.files else "withdrawn"


class Revision(models.Model):
    """Answers and decision, frozen. decision: the document of `decide --format json`, canonical text under its hash."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    design = models.ForeignKey(Design, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    answers = models.JSONField()
    decision = models.JSONField()
    decision_sha256 = models.CharField(max_length=64)
    ruleset = models.ForeignKey(RulesetCopy, on_delete=models.PROTECT, related_name="revisions")
    engine_version = models.CharField(max_length=40)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="revisions")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("-number",)
        constraints = (models.UniqueConstraint(fields=("design", "number"), name="one_revision_per_number"),)

    def __str__(self) -> str:
        return f"{self.design} revision {self.number}"


class Reevaluation(models.Model):
    """A revision under a later ruleset. outcome: the same result, another one, or not reproducible from what is stored.

    sentence: the decision under the later ruleset, or what is wrong with the stored one. causes: the rules that made
    the difference, each `{"rule", "effect", "option", "title", "why"}`. unmapped: answers that did not come over.
    """

    class Outcome(models.TextChoices):
        SAME = "same", "Same result"
        CHANGED = "changed", "Another result"
        BROKEN = "broken", "Does not re-evaluate to the stored bytes"

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="reevaluations")
    ruleset_version = models.CharField(max_length=40)
    ruleset_sha256 = models.CharField(max_length=64)
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    sentence = models.TextField(blank=True)
    causes = models.JSONField(default=list)
    unmapped = models.JSONField(default=dict)
    at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=("revision", "ruleset_sha256"), name="one_reevaluation_per_ruleset"),
        )

    def __str__(self) -> str:
        return f"{self.revision} under {self.ruleset_version}: {self.outcome}"


class IdempotentRequest(models.Model):
    """The answer that was given to a write with this Idempotency-Key, to be given again. Kept for a day.

    body: JSON text; status 0 while the first request is still running.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    body = models.TextField(blank=True)
    headers = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("user", "key"), name="one_answer_per_key"),)

    def __str__(self) -> str:
        return self.key
