"""Statements of people about a design, and about all designs of an organisation, each with a name and a day.

What was stated is never edited: a correction is a new entry that ends the old one, so a package built last month can be
built again. The database refuses to change the words of an entry or to delete it, and a waiver whose approver is its
owner or the one who asked for it (migrations 0007 and 0015).
"""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from evidence.core.facts.certificate import SEALS
from seal_advisor.models import Design, Organisation, User

CONTROL_LENGTH = 12
WORDS_LENGTH = 2000


class Entry(models.Model):
    """What every entry has. entered_by_label: person or token, as the ledger names it. ended_at: from then on it counts
    no more; ended_why: in whose words.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    entered_by_label = models.CharField(max_length=300)
    entered_at = models.DateTimeField(default=timezone.now, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)
    ended_by_label = models.CharField(max_length=300, blank=True)
    ended_why = models.CharField(max_length=500, blank=True)

    class Meta:
        abstract = True
        ordering = ("entered_at", "id")


class Statement(Entry):
    """What is stated about one design."""

    design = models.ForeignKey(Design, on_delete=models.PROTECT, related_name="%(class)ss")

    class Meta(Entry.Meta):
        abstract = True


class CertificateRead(models.Model):
    """A CMVP certificate as somebody read it on NIST's list."""

    class Standard(models.TextChoices):
        FIPS_140_2 = "fips_140_2", "FIPS 140-2"
        FIPS_140_3 = "fips_140_3", "FIPS 140-3"

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        HISTORICAL = "historical", "Historical"
        REVOKED = "revoked", "Revoked"

    module = models.CharField(max_length=200)
    number = models.CharField(max_length=20)
    standard = models.CharField(max_length=12, choices=Standard.choices)
    level = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=12, choices=Status.choices)
    checked_on = models.DateField()
    checked_by = models.CharField(max_length=200)
    source = models.CharField(max_length=500)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.module}, certificate {self.number}"


class ModuleCertificate(CertificateRead, Statement):
    """The certificate of the module behind one design's seal."""

    class Meta(Statement.Meta):
        pass


class SharedCertificate(CertificateRead, Entry):
    """The certificate of the module behind every seal of this kind in the organisation.

    seal: label of the server's stanza. It counts for each design that states no certificate of its own.
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="certificates")
    seal = models.CharField(max_length=20, choices=[(seal, seal) for seal in SEALS])

    class Meta(Entry.Meta):
        pass


class Attestation(Statement):
    """A person's word where no machine can prove. on, expires: first and last day on which it holds."""

    control = models.CharField(max_length=CONTROL_LENGTH)
    statement = models.CharField(max_length=WORDS_LENGTH)
    by = models.CharField(max_length=200)
    on = models.DateField()
    expires = models.DateField()
    reference = models.CharField(max_length=500, blank=True)

    class Meta(Statement.Meta):
        constraints = (
            models.CheckConstraint(condition=Q(expires__gte=F("on")), name="attestation_ends_after_it_begins"),
        )

    def __str__(self) -> str:
        return f"{self.control}: attested by {self.by}"


class Waiver(Statement):
    """A failure that is accepted until a day. It counts from its approval, by somebody else than its owner."""

    control = models.CharField(max_length=CONTROL_LENGTH)
    reason = models.CharField(max_length=WORDS_LENGTH)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    expires = models.DateField()
    approver = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)

    class Meta(Statement.Meta):
        constraints = (
            models.CheckConstraint(
                condition=Q(approver=None) | (~Q(approver=F("owner")) & ~Q(approver=F("entered_by"))),
                name="nobody_approves_their_own_waiver",
            ),
            models.CheckConstraint(
                condition=Q(approver=None, approved_at=None) | Q(approver__isnull=False, approved_at__isnull=False),
                name="an_approval_has_a_name_and_a_moment",
            ),
        )

    def __str__(self) -> str:
        return f"{self.control}: waived until {self.expires}"


class Exclusion(Statement):
    """A control that does not apply here, because somebody says so and why. on: since when."""

    control = models.CharField(max_length=CONTROL_LENGTH)
    reason = models.CharField(max_length=WORDS_LENGTH)
    by = models.CharField(max_length=200)
    on = models.DateField()

    def __str__(self) -> str:
        return f"{self.control}: does not apply, says {self.by}"
