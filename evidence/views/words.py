"""How evidence is said on a page: verdicts, kinds, sizes, moments."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evidence.core.results import Verdict
from evidence.models import JobState
from seal_advisor.views.words import Mark

# The order of the table: what must be repaired first, what proves nothing next, what holds last.
VERDICTS = {
    Verdict.FAIL: Mark(gettext_lazy("Fail"), "octagon-x", "fail"),
    Verdict.CANNOT_DECIDE: Mark(gettext_lazy("Cannot decide"), "circle-question-mark", "warn"),
    Verdict.STALE: Mark(gettext_lazy("Stale"), "clock-alert", "warn"),
    Verdict.WARN: Mark(gettext_lazy("Warning"), "triangle-alert", "warn"),
    Verdict.NOT_PROVEN: Mark(gettext_lazy("Not proven"), "circle-dashed"),
    Verdict.WAIVED: Mark(gettext_lazy("Waived"), "flag"),
    Verdict.ATTESTED: Mark(gettext_lazy("Attested"), "signature", "accent"),
    Verdict.PASS: Mark(gettext_lazy("Pass"), "circle-check", "pass"),
    Verdict.NOT_APPLICABLE: Mark(gettext_lazy("Not applicable"), "circle-minus"),
}
JOBS = {
    JobState.QUEUED: Mark(gettext_lazy("Waiting"), "circle-dashed", "accent"),
    JobState.RUNNING: Mark(gettext_lazy("Being built"), "circle-dashed", "accent"),
    JobState.DONE: Mark(gettext_lazy("Signed"), "badge-check", "pass"),
    JobState.FAILED: Mark(gettext_lazy("Failed"), "octagon-x", "fail"),
    JobState.CANCELLED: Mark(gettext_lazy("Cancelled"), "circle-minus"),
}
_CAPITALS = {"tls": "TLS", "hsm": "HSM", "kms": "KMS", "vault": "Vault"}


def kind(name: str) -> str:
    """A kind of artefact in words.

    >>> kind("tls_scan"), kind("key_store_log")
    ('TLS scan', 'Key store log')
    """
    words = " ".join(_CAPITALS.get(word, word) for word in name.split("_"))
    return words[0].upper() + words[1:]


def size(number: int) -> str:
    """Bytes in the unit that people read.

    >>> size(900), size(20480), size(3 << 20)
    ('900 B', '20 KiB', '3.0 MiB')
    """
    if number < 1024:
        return f"{number} B"
    if number < 1 << 20:
        return f"{number / 1024:.0f} KiB"
    return f"{number / (1 << 20):.1f} MiB"


def moment(at: datetime) -> str:
    """A moment in UTC, to the minute."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def elapsed(seconds: float) -> str:
    """A span of time as a person says it.

    >>> elapsed(7.4), elapsed(75), elapsed(3700)
    ('7 s', '1 min 15 s', '61 min 40 s')
    """
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def period(start: datetime | None, end: datetime | None) -> str:
    """An observation period; "" when nothing was said."""
    if start and end:
        return f"{moment(start)} to {moment(end)}"
    if start:
        return _("from %(moment)s") % {"moment": moment(start)}
    return _("until %(moment)s") % {"moment": moment(end)} if end else ""
