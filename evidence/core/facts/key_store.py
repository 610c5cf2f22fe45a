"""What an HSM or a KMS says: its log, and the objects in it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from evidence.core.facts.common import Problem
from seal_advisor.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar


class SequenceGap(Record):
    """Records missing between two that are there. stream: what is numbered (log stream and reboot counter)."""

    stream: str
    after: int
    before: int
    line: int


class KeyEvent(Record):
    """Something done to or about a key, or an administrative act, in a key store's log.

    action: login, login_failed, logout, generate, import, export, wrap, unwrap, encrypt, decrypt, destroy, disable,
    schedule_deletion, cancel_deletion, admin, other.
    """

    action: str
    at: datetime | None
    line: int
    ok: bool | None
    principal: str | None = None
    key: str | None = None
    detail: str = ""


class KeyStoreLogFacts(Record):
    """A log of an HSM or a KMS.

    format: "aws_cloudhsm", "cloudtrail_kms", "yubihsm2", ... counts: action -> number. events: the noteworthy ones
    (never one per encrypt); integrity: "verified", "broken" or "not_checkable"; software: True when the store is no
    hardware (SoftHSM). records: good records; bad_lines: (line, byte offset) of lines that could not be read.
    steps_back: (line, seconds) where the clock of the log runs backwards. covers: SHA-256 of the log files that a
    digest names.
    """

    KIND: ClassVar[str] = "key_store_log"
    format: str
    records: int
    first: datetime | None
    last: datetime | None
    counts: Mapping[str, int]
    gaps: tuple[SequenceGap, ...]
    numbered: bool
    integrity: str
    integrity_reason: str
    events: tuple[KeyEvent, ...] = ()
    principals: tuple[str, ...] = ()
    software: bool | None = None
    bad_lines: tuple[tuple[int, int], ...] = ()
    problems: tuple[Problem, ...] = ()
    inconclusive: str = ""
    steps_back: tuple[tuple[int, int], ...] = ()
    covers: tuple[str, ...] = ()


class HsmObject(Record):
    """One key in a token. attributes: CKA words as the tool prints them ("sensitive", "never extractable", "local").

    value_shown: the tool printed the key itself, so whoever may log in can take it out.
    """

    kind: str
    label: str
    id: str
    line: int
    usage: frozenset[str]
    attributes: frozenset[str]
    value_shown: bool = False

    @property
    def extractable(self) -> bool | None:
        """Whether the key may leave the token; None when the tool does not say."""
        if "extractable" in self.attributes or self.value_shown:
            return True
        return False if "never extractable" in self.attributes or "sensitive" in self.attributes else None


class HsmObjectsFacts(Record):
    """What `pkcs11-tool` lists: objects, slots or mechanisms. software: True when the token is SoftHSM."""

    KIND: ClassVar[str] = "hsm_objects"
    objects: tuple[HsmObject, ...]
    tokens: tuple[tuple[str, str], ...] = ()
    mechanisms: tuple[str, ...] = ()
    software: bool | None = None
    inconclusive: str = ""
