"""The members of an HSM cluster or group."""

from __future__ import annotations

from seal_advisor.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar


class HsmMember(Record):
    """One HSM. zone: availability zone, where it is listed. active: it answers and takes part."""

    id: str
    zone: str | None
    active: bool
    state: str


class HsmMembersFacts(Record):
    """The members of one cluster or HA group. fips: the mode that the service reports, None where it does not.

    synchronised: False where the listing says that members differ, None where it does not say.
    """

    KIND: ClassVar[str] = "hsm_members"
    vendor: str
    cluster: str
    members: tuple[HsmMember, ...]
    model: str | None = None
    fips: bool | None = None
    synchronised: bool | None = None
    backup_days: int | None = None
    inconclusive: str = ""
