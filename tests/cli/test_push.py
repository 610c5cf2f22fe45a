"""`seal-advisor push` against a live server: the recipes of docs/ci as they stand, a genuine and a forged issuer."""

from __future__ import annotations

import json
import os
import re
import subprocess
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from tests import issuer
from tests.browser.conftest import ROOT, SAMPLES, serving
from tests.factories import ANSWERS
from tests.services import free_port

RECIPES = ROOT / "docs/ci"
STRICT, LOOSE = SAMPLES / "conf/strict-fips.hcl", SAMPLES / "conf/loose.hcl"


class Browser(requests.Session):
    """The administrator, signed in, who writes over the API as a page would."""

    def __init__(self, address: str, password: str) -> None:
        super().__init__()
        self.address = address
        page = self.get(f"{address}/sign-in/").text
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert found
        form = {"csrfmiddlewaretoken": found[1], "username": "admin", "password": password}
        answer = self.post(f"{address}/sign-in/", form, headers={"Referer": f"{address}/sign-in/"})
        assert answer.ok, answer.text
        assert "/sign-in/" not in answer.url

    def write(self, path: str, document: dict[str, Any]) -> dict[str, Any]:
        headers = {"X-CSRFToken": self.cookies["csrftoken"], "Referer": self.address}
        answer = self.post(f"{self.address}/api/v1/{path}", json=document, headers=headers)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made


@dataclass(frozen=True, slots=True)
class Live:
    """A server that believes one issuer, and a design that admits one repository of it. config: as it generates it."""

    address: str
    genuine: issuer.Issuer
    design: str
    token: str
    config: bytes


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    folder, port = tmp_path_factory.mktemp("push"), free_port()
    with issuer.running() as genuine:
        believed = folder / "issuers.toml"
        believed.write_text(
            f'[[issuer]]\nkind = "github"\nissuer = "{genuine.address}"\naudience = "http://127.0.0.1:{port}"\n'
        )
        with serving(folder, port, CI_ISSUERS_FILE=str(believed)) as site:
            admin = Browser(site.address, site.password)
            design = admin.write("designs/", {"title": "Pipeline", "answers": ANSWERS})["id"]
            scopes = ["read", "evidence:write", "package:build"]
            claims = {"repository": "bank/vault-config"}
            admin.write(f"designs/{design}/pipelines/", {"issuer": genuine.address, "claims": claims, "scopes": scopes})
            token = admin.write(
                "tokens/", {"name": "ci", "scopes": scopes, "design": design, "expires_at": "2026-12-24T00:00:00Z"}
            )
            files = admin.get(f"{site.address}/api/v1/designs/{design}/files/").json()["files"]
            yield Live(site.address, genuine, design, token["secret"], files["vault.hcl"].encode())


def shell_lines(name: str) -> list[str]:
    """What a recipe gives to a shell, as it stands."""
    text = (RECIPES / name).read_text(encoding="utf-8")
    if name == "Jenkinsfile":
        return re.findall(r"sh '([^']+)'", text)
    document = yaml.safe_load(text)
    if name == "gitlab.yml":
        return list(document["evidence"]["script"])
    return [step["run"] for step in document["jobs"]["evidence"]["steps"] if "run" in step]


def job_environment(name: str, provider: issuer.Issuer, audience: str) -> dict[str, str]:
    """What the CI system itself puts into the environment of a job."""
    if name == "github.yml":
        return {
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{provider.address}/job-token?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": issuer.RUNNER_SECRET,
        }
    return {"SEAL_ADVISOR_ID_TOKEN": provider.token(aud=audience, **provider.forge)}


def run(folder: Path, line: str, live: Live, **environment: str) -> subprocess.CompletedProcess[str]:
    path = f"{ROOT / '.venv/bin'}{os.pathsep}{os.environ['PATH']}"
    known = {"PATH": path, "SEAL_URL": live.address, "SEAL_DESIGN": live.design, **environment}
    return subprocess.run(["sh", "-ec", line], cwd=folder, env=known, capture_output=True, text=True, timeout=240)


@pytest.mark.parametrize("recipe", ["github.yml", "gitlab.yml", "Jenkinsfile"])
def test_a_recipe_has_ten_lines_and_runs_as_it_stands(live: Live, tmp_path: Path, recipe: str) -> None:
    assert len((RECIPES / recipe).read_text(encoding="utf-8").splitlines()) <= 10
    (tmp_path / "vault.hcl").write_bytes(live.config)
    lines = shell_lines(recipe)
    assert lines
    for line in lines:
        done = run(tmp_path, line, live, **job_environment(recipe, live.genuine, live.address))
        assert done.returncode == 0, done.stderr
    manifest = json.loads(zipfile.ZipFile(tmp_path / "package.zip").read("manifest.json"))
    proved = [member["claims"] for member in manifest["members"] if member.get("claims")]
    assert {(one["repository"], one["commit"], one["run"]) for one in proved} == {
        ("bank/vault-config", issuer.GITHUB_JOB["sha"], "4711")
    }
    if (tmp_path / "seal.sarif").exists():
        assert json.loads((tmp_path / "seal.sarif").read_text())["version"] == "2.1.0"
    else:
        assert ET.parse(tmp_path / "seal.xml").getroot().tag == "testsuites"
    verified = run(tmp_path, "seal-advisor verify package.zip", live)
    assert verified.returncode == 0, verified.stdout + verified.stderr


@pytest.mark.parametrize("recipe", ["github.yml", "gitlab.yml", "Jenkinsfile"])
def test_the_same_recipe_under_a_forged_issuer_hands_in_nothing(live: Live, tmp_path: Path, recipe: str) -> None:
    (tmp_path / "vault.hcl").write_bytes(STRICT.read_bytes() + b"# forged\n")
    with issuer.running() as forged:
        forged.forge = {"iss": live.genuine.address}
        done = run(tmp_path, shell_lines(recipe)[0], live, **job_environment(recipe, forged, live.address))
    assert (done.returncode, "not believed" in done.stderr) == (2, True), done.stderr
    assert not (tmp_path / "package.zip").exists()
    headers = {"Authorization": f"Bearer {live.token}"}
    kept = requests.get(f"{live.address}/api/v1/designs/{live.design}/evidence/", headers=headers).json()["results"]
    assert all(one["claims"].get("issuer") == live.genuine.address for one in kept)


def test_another_repository_of_the_genuine_issuer_is_not_admitted(live: Live, tmp_path: Path) -> None:
    (tmp_path / "vault.hcl").write_bytes(STRICT.read_bytes())
    stranger = live.genuine.token(aud=live.address, repository="mallory/x")
    done = run(tmp_path, shell_lines("gitlab.yml")[0], live, SEAL_ADVISOR_ID_TOKEN=stranger)
    assert (done.returncode, "no pipeline of this design admits" in done.stderr) == (2, True), done.stderr


def push(live: Live, folder: Path, words: str, token: str = "") -> subprocess.CompletedProcess[str]:
    line = f'seal-advisor push {words} --url "$SEAL_URL" --design "$SEAL_DESIGN"'
    return run(folder, line, live, SEAL_ADVISOR_TOKEN=token or live.token)


def test_a_failing_control_shuts_the_gate_and_is_a_failure_in_both_reports(live: Live, tmp_path: Path) -> None:
    (tmp_path / "loose.hcl").write_bytes(LOOSE.read_bytes())
    first = push(live, tmp_path, "loose.hcl --format json --sarif a.sarif --junit a.xml")
    told = json.loads(first.stdout)
    assert (first.returncode, told["files"][0]["outcome"], told["gate"]["open"]) == (1, "new", False), first.stderr
    assert any(reason.startswith("C-TL-01 fail") for reason in told["gate"]["reasons"])
    results = json.loads((tmp_path / "a.sarif").read_text())["runs"][0]["results"]
    assert {"C-TL-01"} <= {one["ruleId"] for one in results if one["level"] == "error"}
    assert int(ET.parse(tmp_path / "a.xml").getroot().attrib["failures"]) == told["summary"]["fail"]
    again = push(live, tmp_path, "loose.hcl")
    assert (again.returncode, again.stdout.splitlines()[0].split()) == (1, ["known", "loose.hcl"])
    assert live.token not in first.stdout + first.stderr + again.stdout


def test_what_is_refused_stops_nothing_else_and_is_exit_2(live: Live, tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n")
    (tmp_path / "vault.hcl").write_bytes(STRICT.read_bytes() + b"# two\n")
    done = push(live, tmp_path, "key.pem vault.hcl")
    assert (done.returncode, "key.pem: " in done.stderr, "private key" in done.stderr) == (2, True, True), done.stderr
    assert [line.split() for line in done.stdout.splitlines()[:2]] == [["refused", "key.pem"], ["new", "vault.hcl"]]


@pytest.mark.parametrize(
    ("words", "token", "said"),
    [
        ("vault.hcl", "sealadv_" + "0" * 48, "unknown, expired or revoked"),
        ("nothing.hcl", "", "no such file"),
        ("vault.hcl --require C-TL-1", "", "did you mean"),
        ("vault.hcl --fail-on wran", "", "did you mean 'warn'"),
        ("vault.hcl --fresh tomorrow", "", "ISO 8601"),
        ("vault.hcl --token-env NOT_THERE", "", "NOT_THERE is not set"),
        ("vault.hcl --oidc", "", "id-token: write"),
        ("", "", "no FILE"),
    ],
)
def test_what_cannot_be_understood_is_one_line_and_exit_2(
    live: Live, tmp_path: Path, words: str, token: str, said: str
) -> None:
    (tmp_path / "vault.hcl").write_bytes(STRICT.read_bytes())
    done = push(live, tmp_path, words, token)
    assert (done.returncode, said in done.stderr, len(done.stderr.splitlines())) == (2, True, 1), done.stderr
