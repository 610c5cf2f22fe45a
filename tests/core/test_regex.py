"""Patterns are compiled late; this is where a wrong one is found at once."""

from __future__ import annotations

import re
from importlib import import_module
from pkgutil import walk_packages

import pytest

import evidence.core
import seal_advisor.core
from seal_advisor.core.regex import _Late, regex

MODULES = sorted(
    found.name
    for package in (seal_advisor.core, evidence.core)
    for found in walk_packages(package.__path__, f"{package.__name__}.")
)


def late(value: object) -> list[_Late]:
    if isinstance(value, _Late):
        return [value]
    if isinstance(value, (tuple, list, set, frozenset)):
        return [each for item in value for each in late(item)]
    return [each for item in value.values() for each in late(item)] if isinstance(value, dict) else []


def test_every_pattern_of_both_cores_compiles() -> None:
    found = [each for name in MODULES for value in vars(import_module(name)).values() for each in late(value)]
    assert len(found) > 150
    for each in found:
        re.compile(each._text, each._flags)


def test_it_is_compiled_at_its_first_use_and_then_answers_as_re_does() -> None:
    wrong = regex("(")
    with pytest.raises(re.error):
        wrong.match("")
    digits = regex(rb"(\d+)", re.ASCII)
    assert digits.findall(b"1 22") == [b"1", b"22"]
    assert digits.sub(b"x", b"a1") == b"ax"
    assert digits.pattern == rb"(\d+)"
    assert digits.search is digits.search


def test_no_group_is_possessive() -> None:
    """Python before 3.11.5 loses characters there (gh-106052): `[4610000000000000000]` was read without its 4."""
    found = [each._text for name in MODULES for value in vars(import_module(name)).values() for each in late(value)]
    texts = [text.decode("latin-1") if isinstance(text, bytes) else text for text in found]
    assert [text for text in texts if re.search(r"(?<!\\)\)(?:[*+?]|\{\d+(?:,\d*)?\})\+", text)] == []
