"""The tree of a configuration, read once: redaction and the parser ask for the same one where nothing was removed.

Only the last tree is kept. A text with a secret in it is followed by its redacted one, which takes its place.
"""

from __future__ import annotations

from functools import lru_cache

from seal_advisor.core import hcl


@lru_cache(maxsize=1)
def tree(text: str, product: str) -> hcl.Body:
    """What `hcl.read` gives, and its errors."""
    return hcl.read(text, product=product)
