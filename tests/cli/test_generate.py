"""`seal-advisor generate`: what it writes, what it never overwrites, and its exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from seal_advisor import cli

EXAM = Path(__file__).parents[1] / "data/archetypes/exam_question.json"


def answers_file(folder: Path, **changed: str | None) -> Path:
    document = json.loads(EXAM.read_text())
    document["answers"] |= changed
    file = folder / "answers.json"
    file.write_text(json.dumps(document))
    return file


def tree(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_it_writes_the_files_and_the_same_bytes_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["generate", str(EXAM), "-o", str(tmp_path / "a")]) == 0
    out = capsys.readouterr().out
    assert "vault.hcl" in out
    assert "README.md lists what to replace" in out
    assert cli.main(["generate", str(EXAM), "-o", str(tmp_path / "b")]) == 0
    assert tree(tmp_path / "a") == tree(tmp_path / "b")
    assert {"vault.hcl", "adr.md", "README.md", "diagrams/start.svg", "runbooks/unseal.md"} <= set(tree(tmp_path / "a"))
    check = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=tmp_path / "a", capture_output=True, text=True)
    assert check.returncode == 0, check.stdout


def test_its_own_unchanged_folder_is_renewed_and_stale_files_go(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert cli.main(["generate", str(EXAM), "-o", str(out)]) == 0
    changed = answers_file(tmp_path, platform="openbao_2_7", fips_scope="key_only")
    assert cli.main(["generate", str(changed), "-o", str(out)]) == 0
    fresh = tmp_path / "fresh"
    assert cli.main(["generate", str(changed), "-o", str(fresh)]) == 0
    assert tree(out) == tree(fresh)


@pytest.mark.parametrize("name", ["vault.hcl", "notes.txt", "runbooks/mine.md"])
def test_a_changed_or_foreign_file_is_never_overwritten_without_force(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    cli.main(["generate", str(EXAM), "-o", str(out)])
    (out / name).write_text("ours now\n")
    before = tree(out)
    capsys.readouterr()
    assert cli.main(["generate", str(EXAM), "-o", str(out)]) == 2
    error = capsys.readouterr().err
    assert name in error
    assert "--force" in error
    assert error.count("\n") == 1
    assert tree(out) == before
    assert cli.main(["generate", str(EXAM), "-o", str(out), "--force"]) == 0
    assert (out / "vault.hcl").read_text().startswith("# Vault server configuration")


def test_a_link_in_the_folder_is_not_followed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    out.mkdir()
    elsewhere.mkdir()
    (out / "diagrams").symlink_to(elsewhere)
    assert cli.main(["generate", str(EXAM), "-o", str(out)]) == 2
    assert "was not made by generate" in capsys.readouterr().err
    assert list(elsewhere.iterdir()) == []


def test_no_option_is_exit_3_and_nothing_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = EXAM.parent / "level_3_on_community.json"
    assert cli.main(["generate", str(file), "-o", str(tmp_path / "out")]) == 3
    assert "no option satisfies these answers" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_undecided_is_exit_4_and_nothing_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "open.json"
    file.write_text('{"answers": {}}')
    assert cli.main(["generate", str(file), "-o", str(tmp_path / "out")]) == 4
    error = capsys.readouterr().err
    assert "not decided yet; nothing is written" in error
    assert error.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--option", "hsm"], "no option 'hsm'"),
        (["-o", str(EXAM)], "is a file"),
    ],
)
def test_what_is_not_understood_is_exit_2_in_one_line(
    arguments: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["generate", str(EXAM), "-o", str(tmp_path / "out"), *arguments]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1


def test_an_excluded_option_is_exit_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["generate", str(EXAM), "-o", str(tmp_path / "out"), "--option", "shamir"]) == 3
    assert "shamir is excluded by R" in capsys.readouterr().err


def test_json_is_one_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["generate", str(EXAM), "-o", str(tmp_path / "out"), "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["option"] == "pkcs11"
    assert {"path", "sha256"} == set(document["files"][0])


def test_it_imports_no_framework() -> None:
    code = "import sys, seal_advisor.commands.generate as g; print(sorted({n.split('.')[0] for n in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not {"'django'", "'rest_framework'", "'celery'", "'weasyprint'", "'hcl2'"} & set(
        loaded.strip("[]\n").split(", ")
    )
