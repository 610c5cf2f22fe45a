"""`seal-advisor collect-plan`: what is missing, from whom, on which node, with the command of this very product."""

from __future__ import annotations

import json
import shlex
import subprocess
from pathlib import Path

import pytest

from evidence.commands.collect_plan import run
from evidence.core.recipes import CLOUD, EVERYWHERE, HSM, PER_NODE
from evidence.core.wanted import WANTED

ROOT = Path(__file__).resolve().parent.parent.parent
SAMPLES = ROOT / "tests" / "data" / "samples"
BANK = ROOT / "tests" / "data" / "archetypes" / "bank_on_premises.json"
CLOUD_ANSWERS = {
    "platform": "openbao_2_6", "hosting": "aws", "kms": "hsm_keys", "hsm": "none", "fips_level": "none",
    "fips_standard": "none", "boundary": "anywhere", "custody": "customer_managed", "operator_keys": "forbidden",
    "unattended_start": "required", "connectivity": "online", "kms_deletion_guard": "yes",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795521600")  # 2026-11-24T12:00:00Z, when the samples were fresh


@pytest.fixture
def plan(capsys: pytest.CaptureFixture[str]):
    """Exit code and JSON of one run."""

    def call(*words: object) -> tuple[int, dict]:
        code = run([*map(str, words), "--format", "json"])
        return code, json.loads(capsys.readouterr().out or "null")

    return call


def errands(document: dict) -> list[dict]:
    return [one | {"who": role["who"]} for role in document["roles"] for one in role["errands"]]


def answers(folder: Path, values: dict[str, str]) -> Path:
    path = folder / "answers.json"
    path.write_text(json.dumps({"answers": values}))
    return path


def test_every_line_of_the_recipes_is_of_a_known_kind_and_shell_can_read_it(plan) -> None:
    assert {*EVERYWHERE, *HSM, *CLOUD, *PER_NODE} <= set(WANTED)
    _, document = plan(BANK)
    commands = [command for one in errands(document) for command in one["commands"]]
    assert len(commands) > 15
    for command in commands:
        done = subprocess.run(["sh", "-n", "-c", command], capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, ""), command
        assert "{" not in command.replace("'{Records", ""), command


def test_without_evidence_everything_that_applies_is_asked_for_once(plan) -> None:
    code, document = plan(BANK)
    assert code == 0
    found = errands(document)
    assert document["missing"] == len(found) == len({one["kind"] for one in found})
    assert document["nodes"] == []
    assert all(one["commands"] or one["by_hand"] for one in found)
    assert all(one["controls"] for one in found)
    log = next(one for one in found if one["kind"] == "key_store_log")
    assert log["who"] == "HSM or cloud administrator"


def test_a_kind_that_each_node_has_is_asked_of_the_nodes_that_have_not_given_it(plan) -> None:
    conf, version = SAMPLES / "conf" / "pkcs11-softhsm.hcl", SAMPLES / "runtime" / "bao.version.txt"
    code, document = plan(BANK, "--node", f"n1={conf}", "--node", f"n2={version}")
    assert code == 0
    assert document["nodes"] == ["n1", "n2"]
    found = errands(document)
    assert [one["node"] for one in found if one["kind"] == "vault_config"] == ["n2"]
    assert [one["node"] for one in found if one["kind"] == "server_log"] == ["n1", "n2"]
    assert {one["node"] for one in found if one["kind"] == "raft_peers"} <= {None}
    status = next(one for one in found if one["kind"] == "systemd_unit" and one["node"] == "n2")
    assert shlex.split(status["commands"][0])[-1] == "n2.systemd_unit.txt"


def test_what_is_there_and_settles_its_controls_is_not_asked_for_again(plan) -> None:
    peers = SAMPLES / "runtime" / "strict.raft-list-peers.json"
    before = {one["kind"]: one["controls"] for one in errands(plan(BANK)[1])}
    listing = SAMPLES / "runtime" / "strict.audit-list.json"
    after = {one["kind"]: one["controls"] for one in errands(plan(BANK, "--have", listing, peers)[1])}
    assert "C-AU-02" in before["audit_list"]
    assert "C-AU-02" not in after.get("audit_list", [])


def test_openbao_is_asked_in_its_own_words_and_a_cloud_seal_for_its_cloud(plan, tmp_path: Path) -> None:
    code, document = plan(answers(tmp_path, CLOUD_ANSWERS))
    assert (code, document["product"]) == (0, "openbao")
    found = {one["kind"]: one for one in errands(document)}
    assert found["vault_config"]["commands"] == ["cat /etc/openbao/openbao.hcl > vault_config.hcl"]
    assert found["raft_peers"]["commands"][0].startswith("bao operator raft list-peers")
    assert found["kms_key"]["commands"] == ["aws kms describe-key --key-id KEY > kms_key.json"]
    assert "cloudtrail lookup-events" in found["key_store_log"]["commands"][0]
    assert not {"hsm_objects", "hsm_policy", "library_listing"} & set(found)
    assert not [one for one in errands(document) for command in one["commands"] if "vault " in command]


def test_the_hsm_decides_what_its_administrator_runs(plan, tmp_path: Path) -> None:
    bank = json.loads(BANK.read_text())["answers"] | {"custody": "customer_managed"}
    for model, kind, start in (
        ("aws_cloudhsm_hsm2m", "hsm_policy", "aws cloudhsmv2 describe-clusters"),
        ("entrust_nshield", "hsm_policy", "nfkminfo"),
        ("thales_luna", "hsm_objects", "pkcs11-tool --module /usr/safenet/lunaclient/lib/libCryptoki2_64.so"),
    ):
        found = {one["kind"]: one for one in errands(plan(answers(tmp_path, bank | {"hsm_model": model}))[1])}
        assert found[kind]["commands"][0].startswith(start)
        assert not {"kms_key", "kms_policy"} & set(found)
    assert found["hsm_policy"]["commands"] == []
    assert "partition showpolicies" in found["hsm_policy"]["by_hand"]


def test_the_period_under_review_stands_in_the_commands(plan) -> None:
    found = errands(plan(BANK, "--observed", "2026-07-01/2026-09-30")[1])
    log = next(one for one in found if one["kind"] == "server_log")
    assert "--since 2026-07-01 --until 2026-09-30" in log["commands"][0]


def test_what_cannot_be_read_is_named_and_no_answers_mean_no_plan(
    plan, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "scan.json"
    broken.write_text("{")
    assert run([str(BANK), "--have", str(broken)]) == 2
    out, err = capsys.readouterr()
    assert "things to fetch" in out
    assert "scan.json" in err
    impossible = json.loads(BANK.read_text())["answers"] | {"platform": "hcp_vault", "custody": "own_premises"}
    assert run([str(answers(tmp_path, impossible))]) == 3
    assert "no option satisfies" in capsys.readouterr().err
    assert run([str(tmp_path / "nothing.json")]) == 2
