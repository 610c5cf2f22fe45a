"""How values lie in the cache: typed JSON, from which nothing but records of ours is made."""

from __future__ import annotations

from evidence.core import typed_json


class TypedSerializer:
    """In the place of Django's, which pickles. A whole number is its digits, so that Redis can count with it."""

    def dumps(self, value: object) -> bytes:
        """Raises TypeError for a kind of value that has no form."""
        return typed_json.write(value)

    def loads(self, data: bytes) -> object:
        """Raises ValueError (NotTyped) for what `dumps` did not write."""
        return typed_json.read(data, object)
