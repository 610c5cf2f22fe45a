"""What the commands on answers share: arguments, the files, one line for each error."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from seal_advisor.commands import house_files
from seal_advisor.commands.house_files import HouseRefused
from seal_advisor.core import answers, ruleset
from seal_advisor.core.answers import Answers, AnswersError
from seal_advisor.core.rules import Ruleset

EXIT = {"recommended": 0, "tie": 0, "none": 3, "open": 4}
MAX_BYTES = 4 * answers.MAX_CHARACTERS


class Refused(Exception):
    """Something given cannot be read or understood: one line for stderr, exit 2."""


class OneLineParser(argparse.ArgumentParser):
    """argparse writes its usage before every error; ours are one line each."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; {self.prog} --help says more\n")


def parser(name: str, summary: str, formats: Sequence[str] = ("text", "json")) -> argparse.ArgumentParser:
    """A parser with ANSWERS, --house and --format."""
    made = OneLineParser(prog=f"seal-advisor {name}", description=summary)
    made.add_argument("answers", metavar="ANSWERS", help='a JSON file {"answers": {...}}, or - for standard input')
    made.add_argument("--format", choices=formats, default="text")
    add_house(made)
    return made


def add_house(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--house", metavar="DIR|FILE", help="rules of your own, laid over the ruleset (TOML)")


def guarded(work: Callable[[], int]) -> int:
    """Runs the work; what was refused becomes one line on stderr and exit 2."""
    try:
        return work()
    except (Refused, HouseRefused) as refused:
        print(" ".join(str(refused).split()), file=sys.stderr)
        return 2


def read(path: str, house: str | None = None) -> tuple[Ruleset, Answers]:
    """The answers of a file and the ruleset that they name (the present one when they name none).

    house: the path of house rules that lie over it. Raises Refused or HouseRefused.
    """
    name = "standard input" if path == "-" else path
    text = text_of(path)
    try:
        document = answers.document(text)
        chosen = ruleset_of(document, house)
        return chosen, answers.parse(document, chosen)
    except AnswersError as error:
        line = error.located(text).line
        where = f"{name}:{line}" if line else name
        raise Refused(f"{where}: {error}") from None


def text_of(path: str) -> str:
    """The text of a small file, or of standard input for "-". Raises Refused."""
    name = "standard input" if path == "-" else path
    try:
        if path == "-":
            data = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with Path(path).open("rb") as file:
                data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise Refused(f"{name}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if len(data) > MAX_BYTES:
        raise Refused(f"{name}: longer than {MAX_BYTES // 1024} KiB; such a file is a page long")
    if not data.strip():
        raise Refused(f"{name}: empty")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Refused(f"{name}:{line}: not UTF-8 (byte {error.start})") from None


def ruleset_of(document: object, house: str | None = None) -> Ruleset:
    """The ruleset that the document names, or the present one. Raises AnswersError for an unknown version."""
    present = house_files.ruleset_in(house)
    version = document.get("ruleset") if isinstance(document, dict) else None
    if version is None or version == present.version:
        return present
    if version not in ruleset.releases():
        there = ", ".join(ruleset.releases())
        raise AnswersError(f"ruleset: no version {version!r}; there are {there}", at=("ruleset",))
    return house_files.ruleset_in(house, ruleset.released(version))


def load_folder(path: str) -> dict[str, str]:
    """The TOML files of a folder. Raises Refused."""
    folder = Path(path)
    try:
        texts = {file.name: file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.toml"))}
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"{path}: cannot be read: {error}") from None
    if not texts:
        raise Refused(f"{path}: no folder with *.toml files")
    return texts
