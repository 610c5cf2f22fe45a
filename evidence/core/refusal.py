"""The one error of intake: a file that is not taken in, with the reason and what to do about it.

Refused (what, remedy, line, HTTP status of CONTRACT section 5)
"""

from __future__ import annotations


class Refused(ValueError):
    """A file that is not taken in; nothing of it is kept.

    reason: one line, never with a value from the file that could be a secret. remedy: what to do. line: from 1.
    status: 422 unreadable or forbidden content, 413 beyond a limit, 415 a kind of file that is never read.
    """

    def __init__(self, reason: str, remedy: str, line: int | None = None, status: int = 422) -> None:
        place = f"line {line}: " if line else ""
        super().__init__(f"{place}{reason}; {remedy}")
        self.reason = reason
        self.remedy = remedy
        self.line = line
        self.status = status
