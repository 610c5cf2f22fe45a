"""The files of `--house DIR|FILE`: an organisation's own rules, which `core.house` lays over a released ruleset."""

from __future__ import annotations

from pathlib import Path

from seal_advisor.core import house, loader, ruleset
from seal_advisor.core.ruleset_types import Ruleset, RulesetError

MAX_BYTES = 1024 * 1024  # of one file; the whole released ruleset is a fifth of that


class HouseRefused(Exception):
    """The house rules cannot be read or understood: one line that names the file."""


def ruleset_in(path: str | None, released: dict[str, str] | None = None) -> Ruleset:
    """The released ruleset (the present one, unless its files are given) with the house over it.

    path: a folder of *.toml files or one file; None: no house. Raises HouseRefused.
    """
    texts = ruleset.current() if released is None else released
    if path is None:
        return loader.load(texts)
    try:
        return loader.load(house.overlay(texts, _texts(Path(path))))
    except RulesetError as error:
        raise HouseRefused(f"--house {path}: {error}") from None


def _texts(path: Path) -> dict[str, str]:
    try:
        files = sorted(path.glob("*.toml")) if path.is_dir() else [path]
        return {file.name: _text(file) for file in files}
    except (OSError, ValueError) as error:
        raise HouseRefused(f"--house {path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _text(file: Path) -> str:
    with file.open("rb") as stream:
        data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ValueError(f"{file.name} is larger than {MAX_BYTES // 1024} KiB")
    return data.decode("utf-8")
