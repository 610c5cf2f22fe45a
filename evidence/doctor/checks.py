"""What a step means for people: the check's state, the cause, the first response.

Causes and responses are those of the server log's signatures, so that the doctor and the log say the same.
"""

from __future__ import annotations

from typing import Any

from evidence.core.signatures import SIGNATURES, matching
from evidence.doctor.children import Failure
from seal_advisor.core.record import Record, fields

OK, FAILED, WARNED, NOT_RUN = "ok", "failed", "warned", "not_run"
_BY_ID = {signature.id: signature for signature in SIGNATURES}
_OURS = {
    "timeout": (
        "the library does not answer: the HSM cannot be reached, or the client waits for it",
        "check the route to the HSM and the client's own log; --timeout SECONDS gives it longer",
    ),
    "crash": (
        "the library crashed: wrong version or architecture, or a defect; the server would crash with it",
        "hand the library's version to its vendor; try the version that the HSM's firmware asks for",
    ),
}


class Check(Record):
    """One check. cause, response: what is likely behind it and what to do first; signature: T-number or ""."""

    check: str
    state: str
    message: str
    cause: str = ""
    response: str = ""
    signature: str = ""

    def document(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in fields(self)}


def failed(
    check: str, message: str, *, like: str = "", default: str = "", response: str = "", cause: str = ""
) -> Check:
    """A failed check, explained by the signature that its text shows.

    like: the text that the server would log, where it is another one than message. default: signature to take when
    the text shows none. response, cause: our own words, before those of the signature.
    """
    found = matching(like or message)
    signature = found[0] if found else _BY_ID.get(default)
    if signature is None:
        return Check(check, FAILED, message, cause, response)
    first = "; ".join(word for word in (response, signature.response) if word)
    return Check(check, FAILED, message, cause or signature.meaning, first, signature.id)


def of_failure(check: str, failure: Failure, *, default: str = "") -> Check:
    """The failed check of a step that gave no answer."""
    if failure.function in _OURS:
        cause, response = _OURS[failure.function]
        return Check(check, FAILED, failure.text, cause, response)
    return failed(check, failure.text, default=default)
