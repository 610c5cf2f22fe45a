"""A stretch of text to remove: what the finders of secrets hand to `redaction`, and the words they share."""

from __future__ import annotations

import re
from functools import lru_cache

from evidence.core.secret_names import CERTAIN, HARMLESS, is_kept
from evidence.core.shapes import spans
from seal_advisor.core.record import Record


class Span(Record):
    """start, end: offsets in the text. what: name or shape, never a value. value: the secret as meant, "" = as written.

    quoted: the placeholder needs quotes of its own. spread: certain enough to be removed wherever else it stands.
    """

    start: int
    end: int
    what: str
    quoted: bool = False
    value: str = ""
    spread: bool = True


@lru_cache(maxsize=4096)
def label(name: str) -> str:
    """A name fit for print: short, plain, and no secret itself."""
    text = re.sub(r"[^A-Za-z0-9_.:\-]+", "_", name)[:80].strip("_")
    return "unnamed" if not text or any(True for _ in spans(text)) else text


def is_secret(name: str, value: object, verdict: str) -> bool:
    """Numbers count only under a certain name; switches never; references, masks and key paths are kept."""
    if verdict == HARMLESS or isinstance(value, bool) or value is None:
        return False
    if isinstance(value, (int, float)):
        return verdict == CERTAIN
    return isinstance(value, str) and not is_kept(name, value.strip())
