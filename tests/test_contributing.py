"""What CONTRIBUTING.md says is done: each example goes into a copy of the tree, which then knows one thing more."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = re.compile(r"^`([\w/]+\.(?:py|toml))`\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXAMPLES = dict(EXAMPLE.findall((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("tree")
    for package in ("seal_advisor", "evidence"):
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name, text in EXAMPLES.items():
        assert not (copy / name).exists(), name
        (copy / name).write_text(text, encoding="utf-8")
    return copy


def run(tree: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "seal_advisor.cli", *words]
    return subprocess.run(command, cwd=tree, capture_output=True, text=True)


def test_there_is_an_example_for_each_thing_that_is_added_as_one_file() -> None:
    folders = {name.rsplit("/", 1)[0] for name in EXAMPLES}
    assert folders == {
        "seal_advisor/core/ruleset",
        "seal_advisor/core/seals",
        "evidence/core/parsers",
        "evidence/core/controls",
    }


def test_the_rule_warns(tree: Path) -> None:
    assert run(tree, "rules", "lint").returncode == 0
    document = {"answers": {"restarts": "weekly", "key_holders": "office_hours"}}
    (tree / "answers.json").write_text(json.dumps(document), encoding="utf-8")
    decided = json.loads(run(tree, "decide", "answers.json", "--format", "json").stdout)
    assert "R999" in {warning.get("rule", warning.get("id")) for warning in decided["warnings"]}


def test_the_seal_is_read_and_its_secret_removed(tree: Path) -> None:
    seal = 'seal "examplekms" {\n  key_id = "k"\n  api_key = "planted-example-key-1"\n}\n'
    config = f'{seal}storage "raft" {{\n  path = "/r"\n}}\n'
    (tree / "vault.hcl").write_text(config, encoding="utf-8")
    done = run(tree, "inspect", "vault.hcl", "--format", "json")
    assert "planted-example-key-1" not in done.stdout
    assert {"line": 3, "what": "seal.examplekms.api_key"} in json.loads(done.stdout)["redactions"]


def test_the_format_is_recognised_and_the_control_judges_it(tree: Path) -> None:
    (tree / "version.txt").write_text("examplectl reports OpenBao v0.9.1\n", encoding="utf-8")
    checked = json.loads(run(tree, "check", "version.txt", "--format", "json").stdout)
    assert checked["artefacts"][0]["kind"] == "version"
    verdicts = {result["control"]: result["verdict"] for result in checked["results"]}
    assert verdicts["C-CM-99"] == "fail"
    (tree / "other.log").write_text("nothing of note\n", encoding="utf-8")
    without = json.loads(run(tree, "check", "other.log", "--format", "json").stdout)
    assert {r["control"]: r["verdict"] for r in without["results"]}["C-CM-99"] == "not_proven"
