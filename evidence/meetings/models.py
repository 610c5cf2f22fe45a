"""Reviews and what is said, voted and signed in them.

Remarks, votes, minutes, sign-offs and withdrawals only grow (migration 0004): a thread is resolved by one more entry, a
vote is changed by a later one, a sign-off is withdrawn by a row beside it. The database itself refuses an approval or
a sign-off by an author of the revision. No row is reached except through `evidence.meetings.access`.
"""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from evidence.core.meeting import votes
from seal_advisor.models import Design, Revision, User


class Review(models.Model):
    """A frozen revision and a frozen evidence set, up for decision.

    evidence: the set, `[{"id", "name", "sha256", "stored_sha256"}]`, in the order of receipt. quorum: votes that must
    be cast. deadline: the day until which a decision is wanted. authors: who wrote the revision, and so does not
    approve it (`four_eyes`).
    """

    class State(models.TextChoices):
        OPEN = "open", _("In review")
        APPROVED = "approved", _("Signed off")
        NOT_APPROVED = "not_approved", _("Not approved")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    design = models.ForeignKey(Design, on_delete=models.PROTECT, related_name="reviews")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="reviews")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=15, choices=State.choices, default=State.OPEN)
    evidence = models.JSONField(default=list)
    quorum = models.PositiveSmallIntegerField(default=2)
    deadline = models.DateField(null=True, blank=True)
    authors = models.ManyToManyField(User, related_name="+")
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-number",)
        constraints = (
            models.UniqueConstraint(fields=("design", "number"), name="one_review_per_number"),
            models.UniqueConstraint(fields=("design",), condition=Q(state="open"), name="one_open_review_per_design"),
            models.CheckConstraint(condition=Q(quorum__gte=1), name="a_quorum_is_somebody"),
        )

    def __str__(self) -> str:
        return f"{self.design} review {self.number}"


class Remark(models.Model):
    """One entry of a thread. thread: its first entry, None for that one itself. subject: see `core.meeting.agenda`.

    does: "" for words, "resolve" or "reopen"; the last of these says whether the thread is settled.
    """

    class Does(models.TextChoices):
        SAY = "", _("says")
        RESOLVE = "resolve", _("resolves it")
        REOPEN = "reopen", _("opens it again")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="remarks")
    thread = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="entries")
    subject = models.CharField(max_length=120)
    text = models.TextField(blank=True)
    does = models.CharField(max_length=10, choices=Does.choices, default=Does.SAY, blank=True)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("created_at", "id")

    def __str__(self) -> str:
        return f"{self.author} on {self.subject}"


class Vote(models.Model):
    """One vote; a later one of the same person replaces it, and both are kept."""

    class Choice(models.TextChoices):
        APPROVE = votes.APPROVE, _("Approve")
        CONDITIONS = votes.CONDITIONS, _("Approve with a condition")
        REJECT = votes.REJECT, _("Reject")
        ABSTAIN = votes.ABSTAIN, _("Abstain")

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="votes")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    choice = models.CharField(max_length=12, choices=Choice.choices)
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(
                condition=~Q(choice=votes.REJECT) | ~Q(reason=""), name="a_rejection_has_its_reason"
            ),
        )

    def __str__(self) -> str:
        return f"{self.user}: {self.choice}"


class ActionItem(models.Model):
    """A condition of a vote: what must be done, by whom, until when. done_at: when it was."""

    vote = models.ForeignKey(Vote, on_delete=models.PROTECT, related_name="conditions")
    text = models.TextField()
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="action_items")
    due = models.DateField()
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("due", "id")

    def __str__(self) -> str:
        return self.text


class Minutes(models.Model):
    """The minutes of a closed review. record: the canonical JSON text; text: Markdown.

    signature: base64, over the bytes of `text`, as `openssl dgst -sha256 -verify` takes it; certificate: PEM.
    """

    review = models.OneToOneField(Review, on_delete=models.PROTECT, related_name="minutes")
    record = models.TextField()
    text = models.TextField()
    sha256 = models.CharField(max_length=64)
    signature = models.TextField()
    certificate = models.TextField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return f"Minutes of {self.review}"


class SignOff(models.Model):
    """A review that was approved. It freezes answers and decision (by the revision's hash) and the evidence set.

    evidence: the set of the review, with its sha256 as canonical JSON. verdicts: control id -> {"title", "verdict",
    "reason"} at that moment; what falls from there makes the sign-off lapse.
    """

    review = models.OneToOneField(Review, on_delete=models.PROTECT, related_name="sign_off")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decision_sha256 = models.CharField(max_length=64)
    ruleset_sha256 = models.CharField(max_length=64)
    evidence = models.JSONField(default=list)
    evidence_sha256 = models.CharField(max_length=64)
    verdicts = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return f"Sign-off of {self.review}"


class Withdrawal(models.Model):
    """Somebody took a sign-off back, and why."""

    sign_off = models.OneToOneField(SignOff, on_delete=models.PROTECT, related_name="withdrawal")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = (models.CheckConstraint(condition=~Q(reason=""), name="a_withdrawal_has_its_reason"),)

    def __str__(self) -> str:
        return f"Withdrawal of {self.sign_off}"


class ShareLink(models.Model):
    """A read-only look at one review for who has no account. The secret, 192 bits, is kept as SHA-256 only.

    parts: what it shows, of PARTS.
    """

    PARTS = ("decision", "agenda", "controls", "minutes")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="links")
    name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    parts = models.JSONField(default=list)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-created_at", "id")

    def __str__(self) -> str:
        return self.name
