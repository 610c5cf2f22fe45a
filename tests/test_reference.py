"""The reference pages are what the code says: formats, settings, commands, API. `UPDATE_DOCS=1` writes them anew."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from drf_spectacular.generators import SchemaGenerator

from evidence.core import parsers
from seal_advisor import cli, settings

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs/reference"
MADE = "Made from the code by `UPDATE_DOCS=1 pytest tests/test_reference.py`; do not edit.\n"


def formats() -> str:
    """Every file format that is read, by kind: what it is and where its shape is documented."""
    lines = ["# File formats", "", MADE]
    lines += [
        "Content decides, never a file's name. A file of no format here is kept and proves nothing by itself.",
        "",
    ]
    lines += ["| kind | format | source |", "|---|---|---|"]
    rows = []
    for path in sorted((ROOT / "evidence/core/parsers").glob("*.py")):
        if path.stem == "__init__":
            continue
        text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        source = " ".join(text.partition("SOURCE:")[2].split("\n\n")[0].split())
        parser = parsers.load(path.stem)
        rows.append(f"| `{parser.kind}` | {parser.title} | {source or '-'} |")
    return "\n".join([*lines, *sorted(rows), ""])


def settings_page() -> str:
    """The settings' own table."""
    return f"# Settings\n\n{MADE}\n{settings.__doc__}"


def commands() -> str:
    """Each command with its own help."""
    parts = [f"# The command line\n\n{MADE}"]
    for name, (_, summary) in cli.COMMANDS.items():
        help_text = subprocess.run(
            [sys.executable, "-m", "seal_advisor.cli", name, "--help"],
            cwd=ROOT,
            env={**os.environ, "COLUMNS": "100"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        parts.append(f"## {name}\n\n{summary[0].upper()}{summary[1:]}.\n\n```text\n{help_text.rstrip()}\n```\n")
    return "\n".join(parts)


def api() -> str:
    """Each address with its methods, as the OpenAPI document names them."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    lines = ["# The API", "", MADE]
    lines += ["The whole document, with shapes and examples: `/api/schema/`; to try things out: `/api/v1/docs/`.", ""]
    lines += ["| address | method | does |", "|---|---|---|"]
    for path, methods in sorted(schema["paths"].items()):
        for method, operation in methods.items():
            if method in ("get", "post", "put", "patch", "delete", "head"):
                text = operation.get("summary") or operation.get("description", "").split("\n")[0]
                lines.append(f"| `{path}` | {method.upper()} | {text} |")
    return "\n".join([*lines, ""])


PAGES: dict[str, Callable[[], str]] = {
    "formats.md": formats,
    "settings.md": settings_page,
    "command-line.md": commands,
    "api.md": api,
}


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_what_the_code_says(name: str) -> None:
    made = PAGES[name]().rstrip("\n") + "\n"
    if os.environ.get("UPDATE_DOCS") == "1":
        FOLDER.mkdir(exist_ok=True)
        (FOLDER / name).write_text(made, encoding="utf-8")
    assert (FOLDER / name).read_text(encoding="utf-8") == made
