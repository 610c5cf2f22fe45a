"""Small and large files have the digest that hashlib gives, whatever computes it."""

from __future__ import annotations

import hashlib
import sys

import pytest

from evidence.core.digest import LARGE, sha256


@pytest.mark.parametrize("size", [0, 1, LARGE - 1, LARGE, LARGE + 1])
def test_every_size_has_the_same_digest_as_hashlib(size: int) -> None:
    data = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    assert sha256(data) == hashlib.sha256(data).hexdigest()


def test_an_interpreter_without_its_own_implementation_uses_hashlib(monkeypatch: pytest.MonkeyPatch) -> None:
    for own in ("_sha256", "_sha2"):
        monkeypatch.setitem(sys.modules, own, None)
    assert sha256(b"a") == hashlib.sha256(b"a").hexdigest()
