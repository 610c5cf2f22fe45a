"""What somebody read on NIST's list about a cryptographic module."""

from __future__ import annotations

from datetime import date

from seal_advisor.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar

STANDARDS = {"fips_140_2": "FIPS 140-2", "fips_140_3": "FIPS 140-3"}
STATUSES = ("active", "historical", "revoked")
LEVELS = (1, 2, 3, 4)
# Labels of the server's seal stanzas that a module can stand behind.
SEALS = ("pkcs11", "awskms", "azurekeyvault", "gcpckms", "ocikms", "alicloudkms")


class Certificate(Record):
    """One CMVP certificate as a person read it. standard: a key of STANDARDS; status: one of STATUSES; level: 1 to 4.

    checked_on: the day on which the list was read; checked_by: who read it; source: the page that was read. seal: one
    of SEALS, where the module is said to hold the keys of such seals only; "" = nobody limited it.
    """

    module: str
    number: str
    standard: str
    level: int
    status: str
    checked_on: date
    source: str
    checked_by: str
    line: int | None = None
    seal: str = ""

    @property
    def title(self) -> str:
        """ "Luna K7, certificate 4684 (FIPS 140-3 level 3, active)"."""
        return (
            f"{self.module}, certificate {self.number} ({STANDARDS[self.standard]} level {self.level}, {self.status})"
        )


class CertificateFacts(Record):
    """A register of certificates. It is a person's word about a public list, so it attests and proves nothing."""

    KIND: ClassVar[str] = "module_certificate"
    certificates: tuple[Certificate, ...]
