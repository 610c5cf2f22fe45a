"""The drawing of the house, held: which floor may know which, and what a core may touch."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("seal_advisor", "evidence")
CORES = [ROOT / package / "core" for package in PACKAGES]
COMPOSITION_ROOTS = {"settings.py", "urls.py", "wsgi.py", "celery.py", "cli.py"}
LEAN_COMMANDS = ("decide", "explain", "next", "generate", "check", "inspect")
HEAVY = {"django", "rest_framework", "celery", "weasyprint", "hcl2"}
# Sources of change that a core takes as arguments instead: the clock, chance, the machine, the network.
IMPURE = {"random", "secrets", "socket", "subprocess", "time", "threading", "urllib.request", "http.client", "tempfile"}


def modules(folder: Path) -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(folder.rglob("*.py")):
        if "migrations" not in path.parts:
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def imported(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, node.lineno


def of_package(name: str, wanted: set[str]) -> bool:
    return any(name == word or name.startswith(word + ".") for word in wanted)


def test_the_arrows_of_the_import_linter_hold() -> None:
    done = subprocess.run([ROOT / ".venv/bin/lint-imports"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("core", CORES, ids=PACKAGES)
def test_a_core_knows_no_framework(core: Path) -> None:
    frameworks = {"django", "rest_framework", "celery"}
    assert [f"{p}:{n}" for p, t in modules(core) for name, n in imported(t) if of_package(name, frameworks)] == []


@pytest.mark.parametrize("core", CORES, ids=PACKAGES)
def test_a_core_has_no_clock_no_chance_no_network(core: Path) -> None:
    assert [f"{p}:{n} {name}" for p, t in modules(core) for name, n in imported(t) if of_package(name, IMPURE)] == []
    calls = re.compile(r"\b(datetime\.now|datetime\.utcnow|date\.today|uuid4|os\.environ|os\.getenv)\b")
    sources = [p for core_folder in [core] for p in sorted(core_folder.rglob("*.py"))]
    assert [str(p) for p in sources if calls.search(p.read_text(encoding="utf-8"))] == []


def test_the_decision_never_knows_the_evidence() -> None:
    offenders = [
        f"{path}:{line}"
        for path, tree in modules(ROOT / "seal_advisor")
        if path.parent.name != "seal_advisor" or path.name not in COMPOSITION_ROOTS
        for name, line in imported(tree)
        if of_package(name, {"evidence"})
    ]
    assert offenders == []


def test_own_imports_stand_at_the_top_of_the_file() -> None:
    offenders = [
        f"{path}:{inner.lineno}"
        for package in PACKAGES
        for path, tree in modules(ROOT / package)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(function)
        if isinstance(inner, ast.ImportFrom) and inner.module and of_package(inner.module, set(PACKAGES))
    ]
    assert offenders == []


@pytest.mark.parametrize("command", LEAN_COMMANDS)
def test_a_lean_command_imports_no_framework(command: str) -> None:
    program = (
        "import sys; from seal_advisor import cli; "
        f"module = __import__('importlib').import_module(cli.COMMANDS[{command!r}][0]); assert module.run; "
        f"print(sorted({HEAVY!r} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr


def test_no_file_names_a_registry_or_one_machine() -> None:
    done = subprocess.run([ROOT / ".ci/no-addresses"], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_map_names_every_room_of_both_cores() -> None:
    drawn = (ROOT / "docs/map.md").read_text(encoding="utf-8")
    rooms = [
        path.relative_to(ROOT).as_posix()
        for core in CORES
        for path in sorted(core.iterdir())
        if path.suffix == ".py" and path.name != "__init__.py"
    ]
    assert [room for room in rooms if room.removesuffix(".py").split("/")[-1] not in drawn] == []


# What the standard library offers at a price that `check vault.hcl` cannot pay at each start (P30).
DEAR = {"dataclasses", "difflib", "hashlib", "inspect", "pkgutil", "site", "tomllib", "typing", "unicodedata"}


def test_a_configuration_is_checked_without_what_is_dear_to_load() -> None:
    program = (
        "import sys; sys.path.insert(0, '.'); from seal_advisor.cli import main; "
        "main(['check', 'tests/data/samples/conf/strict-fips.hcl']); print('LOADED', *sorted(sys.modules))"
    )
    command = [sys.executable, "-S", "-c", program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    loaded = set(done.stdout.rsplit("LOADED", 1)[1].split())
    assert loaded & DEAR == set(), done.stderr
    assert len(loaded) < 230


def test_no_lock_on_a_row_covers_its_key() -> None:
    """Entries of the ledger refer to their design: a lock on its key and the ledger's own would be a deadlock."""
    sources = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    lines = [line for path in sources for line in path.read_text(encoding="utf-8").splitlines()]
    locks = [line.strip() for line in lines if "select_for_update(" in line]
    assert len(locks) > 5
    assert [line for line in locks if "no_key=True" not in line] == []
