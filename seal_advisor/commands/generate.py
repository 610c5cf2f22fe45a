"""`seal-advisor generate ANSWERS -o DIR`: configuration, runbooks, record and drawings of the decision.

Exit 0 written, 3 no option (or not this one), 4 not decided (nothing is written), 2 not understood or not writable.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from seal_advisor.commands import _common
from seal_advisor.core import rules
from seal_advisor.core.generate import SUMS, CannotGenerate, NotDecided, digest, files


def run(arguments: list[str]) -> int:
    parser = _common.parser("generate", "Server configuration, runbooks, decision record and drawings.")
    parser.add_argument("-o", "--output", metavar="DIR", required=True, help="the folder to write; made when missing")
    parser.add_argument("--option", metavar="ID", help="this option instead of the recommended one")
    parser.add_argument("--force", action="store_true", help="write into a folder that holds other or changed files")
    given = parser.parse_args(arguments)
    return _common.guarded(
        lambda: _generate(given.answers, given.house, Path(given.output), given.option, given.force, given.format)
    )


def _generate(path: str, house: str | None, folder: Path, option: str | None, force: bool, form: str) -> int:
    ruleset, answers = _common.read(path, house)
    if option is not None and option not in {each.id for each in ruleset.options}:
        raise _common.Refused(f"--option: no option {option!r}; there are {', '.join(o.id for o in ruleset.options)}")
    decision = rules.decide(ruleset, answers)
    try:
        texts = files(decision, ruleset, option=option)
    except CannotGenerate as error:
        print(f"{path}: {error}", file=sys.stderr)
        return 4 if isinstance(error, NotDecided) else 3
    try:
        if not force:
            _refuse_foreign(folder)
        _write(folder, texts)
    except OSError as error:
        raise _common.Refused(f"{error.filename or folder}: cannot be written: {error.strerror or error}") from None
    _report(folder, texts, option or decision.recommended[0], form)
    return 0


def _refuse_foreign(folder: Path) -> None:
    """Only a folder that is new, empty, or holds nothing but our own unchanged files is written without --force.

    Ours is what SHA256SUMS lists with the digest that it has: a configuration that was edited is never overwritten.
    """
    if not folder.exists():
        return
    if not folder.is_dir():
        raise _common.Refused(f"{folder}: is a file, not a folder")
    listed = _listed(folder / SUMS)
    for root, folders, names in os.walk(folder):
        for name in [*names, *(each for each in folders if os.path.islink(os.path.join(root, each)))]:
            found = Path(root) / name
            relative = found.relative_to(folder).as_posix()
            if relative == SUMS and listed:
                continue
            if found.is_symlink() or relative not in listed:
                raise _common.Refused(f"{found}: was not made by generate; choose an empty folder or add --force")
            if digest(found.read_text(encoding="utf-8", errors="replace")) != listed[relative]:
                raise _common.Refused(f"{found}: has been changed since; choose an empty folder or add --force")


def _listed(sums: Path) -> dict[str, str]:
    """Path -> digest of an earlier run, empty when there was none."""
    if not sums.is_file() or sums.is_symlink():
        return {}
    lines = sums.read_text(encoding="utf-8", errors="replace").splitlines()
    return {path: sha for sha, _, path in (line.partition("  ") for line in lines)}


def _write(folder: Path, texts: dict[str, str]) -> None:
    """All files; those of an earlier run that are not made any more are removed."""
    for stale in _listed(folder / SUMS).keys() - texts.keys():
        target = folder / stale
        if ".." not in target.parts and not stale.startswith("/"):
            target.unlink(missing_ok=True)
    for path, text in texts.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode())


def _report(folder: Path, texts: dict[str, str], option: str, form: str) -> None:
    if form == "json":
        listed = [{"path": path, "sha256": digest(text)} for path, text in texts.items()]
        print(json.dumps({"directory": str(folder), "option": option, "files": listed}, indent=1, ensure_ascii=False))
        return
    for path in texts:
        print(folder / path)
    print(f"Wrote {len(texts)} files for {option}. README.md lists what to replace before use.")
