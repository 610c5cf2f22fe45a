"""SHA-256 of a file that is held in memory, without loading OpenSSL for a small one.

`hashlib` loads OpenSSL's library at import, a twentieth of what `check` may take; the interpreter's own implementation
is there already, at a fraction of the speed.
"""

from __future__ import annotations

from importlib import import_module

# From here on the time that OpenSSL saves is more than the time to load it.
LARGE = 512 * 1024


def sha256(data: bytes) -> str:
    """64 lower-case hex digits."""
    if len(data) < LARGE:
        for own in ("_sha256", "_sha2"):  # CPython to 3.11, and since; absent where it was built without
            try:
                return str(import_module(own).sha256(data).hexdigest())
            except ImportError:
                continue
    return str(import_module("hashlib").sha256(data).hexdigest())
