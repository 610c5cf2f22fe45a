"""A log of which only the frame is understood: when, from whom, how many."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from seal_advisor.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar


class OpaqueLogFacts(Record):
    """Lines of syslog, CEF or LEEF. Their meaning is not evaluated; no control rests on them.

    format: "cef", "leef", "rfc5424", "rfc3164", as the first record has it. counts: "sender: event" -> number.
    undated: records without a year or a zone, which stand at no moment. unsynchronised: records whose sender says that
    its clock follows no reference (RFC 5424, timeQuality). steps_back: (line, seconds) where the time runs backwards.
    """

    KIND: ClassVar[str] = "opaque_log"
    format: str
    records: int
    first: datetime | None
    last: datetime | None
    counts: Mapping[str, int]
    undated: int = 0
    unsynchronised: int = 0
    steps_back: tuple[tuple[int, int], ...] = ()
    bad_lines: tuple[tuple[int, int], ...] = ()
    integrity: str = "not_checkable"
    integrity_reason: str = "lines of syslog are neither signed nor numbered"
    inconclusive: str = ""
