"""What the reviewers of a revision said: approved, refused, signed off, taken back."""

from __future__ import annotations

from datetime import datetime

from seal_advisor.core.record import Record


class SignOff(Record):
    """One person's word on one revision. said: one of WORDS. revision: its number; revision_sha256: of its decision.

    remark: a condition or a reason, "" where none was given. at: aware.
    """

    name: str
    role: str
    said: str
    at: datetime
    revision: int
    revision_sha256: str
    remark: str = ""


WORDS = {
    "signed_off": "Signed off",
    "approve": "Approved",
    "conditions": "Approved with a condition",
    "reject": "Rejected",
    "abstain": "Abstained",
    "withdrawn": "Sign-off withdrawn",
}
