"""A module loaded from where it was listed is the one that an import gives."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from seal_advisor.core.folder import load, modules


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    folder = tmp_path / "listed_here"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "one.py").write_text('"""One."""\nVALUE = []\n')
    (folder / "two.py").write_text("from listed_here.one import VALUE\n\nclass Two: ...\n")
    (folder / "bad.py").write_text("1 / 0\n")
    monkeypatch.syspath_prepend(tmp_path)
    import_module("listed_here")
    yield "listed_here"
    for name in [name for name in sys.modules if name.startswith("listed_here")]:
        del sys.modules[name]


def test_it_is_the_module_that_an_import_gives(package: str) -> None:
    assert modules(sys.modules[package].__path__) == ["bad", "one", "two"]
    two, one = load(package, "two"), load(package, "one")
    assert import_module("listed_here.two") is two
    assert two.VALUE is one.VALUE
    assert sys.modules[package].two is two
    assert (two.Two.__module__, one.__doc__) == ("listed_here.two", "One.")
    assert (one.__name__, one.__package__, one.__spec__.name) == ("listed_here.one", package, "listed_here.one")
    assert Path(one.__file__).name == "one.py"


def test_a_module_that_fails_is_not_there(package: str) -> None:
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            load(package, "bad")
    assert "listed_here.bad" not in sys.modules
