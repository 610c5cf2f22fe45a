"""`seal-advisor check`: exit codes, the JSON shape, every format, and the files that steer it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from evidence.commands.check import run

SAMPLES = Path(__file__).resolve().parent.parent / "data" / "samples"
CONF = SAMPLES / "conf"
GOOD = CONF / "strict-fips.hcl"
LOOSE = CONF / "loose.hcl"
WORDS = ("pass", "fail", "warn", "not_proven", "stale", "attested", "not_applicable", "cannot_decide", "waived")
# 2026-11-24T12:00:00Z: the samples stay as fresh as they were.
CLOCK = "1795521600"


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", CLOCK)


class Outcome:
    """Exit code, stdout and stderr of one run."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def document(self) -> dict:
        return json.loads(self.out)

    def verdict(self, control: str) -> str:
        return next(r["verdict"] for r in self.document["results"] if r["control"] == control)


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str]):
    def call(*words: object) -> Outcome:
        code = run([str(word) for word in words])
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return call


def test_the_json_has_the_promised_shape_and_nothing_else_stands_on_stdout(check) -> None:
    outcome = check(LOOSE, "--format", "json")
    document = outcome.document
    assert {"artefacts", "results", "summary"} <= set(document)
    assert {"path", "sha256", "kind", "facts", "redactions"} <= set(document["artefacts"][0])
    assert document["artefacts"][0]["kind"] == "vault_config"
    assert len(document["results"]) == 57
    for result in document["results"]:
        assert {"control", "title", "verdict", "findings"} <= set(result)
        for finding in result["findings"]:
            assert {"message", "path", "line", "remedy", "source"} <= set(finding)
    assert tuple(document["summary"]) == WORDS
    assert outcome.err == ""


def test_exit_1_only_for_a_fail(check) -> None:
    assert check(LOOSE).code == 1
    assert check(GOOD).code == 0


def test_fail_on_widens_what_makes_exit_1(check) -> None:
    assert check(GOOD, "--fail-on", "stale").code == 0
    assert check(GOOD, "--fail-on", "warn,not_proven").code == 1


def test_a_file_that_the_server_refuses_fails_with_the_line(check) -> None:
    outcome = check(CONF / "seed-fips-example.hcl", "--format", "json")
    assert outcome.code == 1
    assert outcome.document["artefacts"][0]["facts"]["server_accepts"] is False
    result = next(r for r in outcome.document["results"] if r["control"] == "C-TL-02")
    assert (result["verdict"], result["findings"][0]["line"]) == ("fail", 10)


def test_an_unreadable_path_stands_refused_and_the_others_are_judged(check, tmp_path: Path) -> None:
    empty = tmp_path / "empty.hcl"
    empty.touch()
    outcome = check(LOOSE, empty, tmp_path / "absent.json", "--format", "json")
    assert outcome.code == 2
    assert [a["kind"] for a in outcome.document["artefacts"]] == ["vault_config", "refused", "refused"]
    assert all(a["error"] for a in outcome.document["artefacts"][1:])
    assert outcome.verdict("C-TL-01") == "fail"
    assert len(outcome.err.splitlines()) == 2
    assert str(empty) in outcome.err


def test_init_output_is_refused_and_no_share_is_printed(check) -> None:
    path = SAMPLES / "runtime/operator-init-SHAMIR-SECRETS.json"
    outcome = check(path, "--format", "json")
    secrets = json.loads(path.read_text())["unseal_keys_b64"]
    assert outcome.code == 2
    assert [secret for secret in secrets if secret in outcome.out + outcome.err] == []


@pytest.mark.parametrize("layout", ["text", "json", "sarif", "junit", "github"])
def test_no_format_prints_a_secret(check, layout: str) -> None:
    outcome = check(CONF / "pkcs11-softhsm.hcl", CONF / "transit-seal.hcl", "--format", layout)
    assert "98765432" not in outcome.out
    assert "s.U8nQLJtL0MAEirkyBDikkNsm" not in outcome.out


def test_a_directory_is_walked_in_order_without_hidden_files(check, tmp_path: Path) -> None:
    for name in ("b.hcl", "a.hcl", ".hidden.hcl"):
        (tmp_path / name).write_bytes(GOOD.read_bytes())
    document = check(tmp_path, "--format", "json").document
    assert [Path(a["path"]).name for a in document["artefacts"]] == ["a.hcl", "b.hcl"]


def test_an_empty_directory_and_no_path_at_all_are_errors(check, tmp_path: Path) -> None:
    assert check(tmp_path).code == 2
    assert check().code == 2


def test_node_names_make_two_files_two_nodes(check, tmp_path: Path) -> None:
    text = GOOD.read_text().replace('node_id = "strict-1"', "")
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "vault.hcl").write_text(text)
    without = check(tmp_path, "--format", "json")
    assert without.verdict("C-CA-02") == "not_proven"
    named = check("--node", f"v1={tmp_path / 'one'}", "--node", f"v2={tmp_path / 'two'}", "--format", "json")
    assert named.verdict("C-CA-02") == "pass"


def test_the_product_and_its_version_change_the_verdict(check) -> None:
    path = CONF / "invalid-storage-file-openbao27.hcl"
    assert check(path, "--format", "json").verdict("C-HD-02") == "warn"
    assert check(path, "--product", "openbao:2.7.2", "--format", "json").verdict("C-HD-02") == "fail"


def test_evidence_outside_the_observed_period_is_stale(check) -> None:
    path = SAMPLES / "runtime/transit-seal.server-log.text.log"
    outcome = check(path, "--observed", "2026-01-01/2026-03-31", "--format", "json")
    assert outcome.verdict("C-ST-01") == "stale"


def test_answers_are_the_yardstick(check, tmp_path: Path) -> None:
    answers = tmp_path / "answers.json"
    answers.write_text(
        json.dumps({"answers": {"boundary": "dedicated_hsm", "fips_level": "l3", "platform": "vault_enterprise_hsm"}})
    )
    outcome = check(GOOD, "--answers", answers, "--format", "json")
    assert outcome.document["basis"] == "decision"
    assert outcome.verdict("C-KB-01") == "fail"
    answers.write_text('{"answers": {"boundery": "anywhere"}}')
    wrong = check(GOOD, "--answers", answers)
    assert wrong.code == 2
    assert "boundary" in wrong.err


WAIVER = """[[waiver]]
control = "%s"
reason = "old clients until January"
owner = "alice"
approved_by = "bob"
expires = 2026-12-31
"""


def test_waived_failures_do_not_make_exit_1(check, tmp_path: Path) -> None:
    waivers = tmp_path / "waivers.toml"
    waivers.write_text(WAIVER % "C-TL-01" + WAIVER % "C-TL-02")
    outcome = check(LOOSE, "--waivers", waivers, "--format", "json")
    assert (outcome.code, outcome.verdict("C-TL-01"), outcome.document["summary"]["waived"]) == (0, "waived", 2)


def test_a_wrong_waiver_is_exit_2_and_names_the_nearest_control(check, tmp_path: Path) -> None:
    waivers = tmp_path / "waivers.toml"
    waivers.write_text(WAIVER % "C-TL-91")
    outcome = check(LOOSE, "--waivers", waivers)
    assert outcome.code == 2
    assert "did you mean 'C-TL-01'" in outcome.err
    assert outcome.out == ""


def test_an_attestation_is_shown_as_attested(check, tmp_path: Path) -> None:
    attestations = tmp_path / "attestations.toml"
    attestations.write_text(
        '[[attestation]]\ncontrol = "C-GV-01"\nstatement = "reviewed"\nby = "carol"\non = 2026-11-01\n'
        'expires = 2027-01-01\nreference = "DOC-7"\n'
    )
    assert check(GOOD, "--attestations", attestations, "--format", "json").verdict("C-GV-01") == "attested"


def test_only_what_is_new_since_the_baseline_makes_exit_1(check, tmp_path: Path) -> None:
    baseline = tmp_path / "baseline.json"
    baseline.write_text(check(LOOSE, "--format", "json").out)
    assert check(LOOSE, "--baseline", baseline).code == 0
    worse = tmp_path / "loose.hcl"
    worse.write_text("\n\n" + LOOSE.read_text())
    assert check(worse, "--baseline", baseline).code == 0
    worse.write_text("raw_storage_endpoint = true\n" + LOOSE.read_text())
    assert check(worse, "--baseline", baseline).code == 1
    baseline.write_text("[]")
    assert check(LOOSE, "--baseline", baseline).code == 2


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["--formt", "json"], "--format"),
        (["--format", "yml"], "did you mean"),
        (["--product", "valut"], "vault"),
        (["--fail-on", "wrn"], "warn"),
        (["--observed", "yesterday"], "FROM/TO"),
        (["--observed", "2026-12-01/2026-01-01"], "FROM is after TO"),
        (["--node", "alone"], "NAME=PATH"),
        (["--answers"], "needs a value"),
        (["-x"], "no option"),
        (["--answers", "/nowhere/answers.json"], "No such file"),
    ],
)
def test_a_wrong_word_is_exit_2_with_one_line_that_helps(check, words: list[str], hint: str) -> None:
    outcome = check(GOOD, *words)
    assert (outcome.code, outcome.out) == (2, "")
    assert len(outcome.err.splitlines()) == 1
    assert hint in outcome.err


def test_text_shows_red_rows_first_with_place_fix_and_source(check) -> None:
    lines = check(GOOD, LOOSE).out.splitlines()
    assert lines[0].startswith("Not compliant: ")
    marks = [line.split("  ")[0] for line in lines if line[:2] in {"x ", "! ", "o ", "+ ", "? "}]
    assert marks == sorted(marks, key=["x FAIL", "? CANNOT DECIDE", "! WARN", "o NOT PROVEN", "+ PASS"].index)
    at = next(n for n, line in enumerate(lines) if f"{LOOSE}:14: " in line)
    assert lines[at + 1].strip() == 'fix: tls_min_version = "tls12"'
    assert lines[at + 2].strip().startswith("see: NIST SP 800-52")


def test_sarif_names_rule_level_file_and_line(check) -> None:
    document = check(LOOSE, "--format", "sarif").document
    [run_] = document["runs"]
    assert (document["version"], len(run_["tool"]["driver"]["rules"])) == ("2.1.0", 57)
    first = run_["results"][0]
    assert (first["ruleId"], first["level"], first["kind"]) == ("C-TL-01", "error", "fail")
    place = first["locations"][0]["physicalLocation"]
    assert place["region"] == {"startLine": 14}
    assert run_["tool"]["driver"]["rules"][first["ruleIndex"]]["id"] == "C-TL-01"
    # SARIF 2.1.0, 3.27.10: a level other than "none" belongs to kind "fail" only.
    assert [r for r in run_["results"] if r["kind"] != "fail" and r["level"] != "none"] == []


def test_junit_counts_failures_and_skips_what_is_not_proven(check) -> None:
    suite = ET.fromstring(check(LOOSE, "--format", "junit").out)[0]
    assert (suite.get("tests"), suite.get("failures")) == ("57", "2")
    assert len(suite.findall("testcase/failure")) == 2
    assert len(suite.findall("testcase/skipped")) == int(suite.get("skipped"))


def test_github_annotations_carry_file_and_line_in_one_line_each(check) -> None:
    lines = check(LOOSE, "--format", "github").out.splitlines()
    wanted = f"::error file={LOOSE},line=14,title=C-TL-01 fail::tls_min_version = tls10 admits"
    assert lines[0].startswith(wanted)
    assert "%0Afix: tls_min_version" in lines[0]
    assert any(line.startswith("::notice title=C-RK-01 not_proven::") for line in lines)


def test_a_name_with_control_characters_cannot_draw_on_the_terminal(check, tmp_path: Path) -> None:
    path = tmp_path / "a\x1b[31mb\nc.hcl"
    path.write_bytes(LOOSE.read_bytes())
    outcome = check(path)
    assert "\x1b" not in outcome.out + outcome.err
    assert "b\nc.hcl" not in outcome.out + outcome.err


def test_a_pipe_is_not_read(check, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    outcome = check(pipe, "--format", "json")
    assert (outcome.code, outcome.document["artefacts"][0]["kind"]) == (2, "refused")


def test_a_log_larger_than_we_hold_in_memory_is_read_as_a_stream(check, tmp_path: Path, monkeypatch) -> None:
    for module in ("evidence.commands.inputs", "evidence.core.stream", "evidence.core.upload"):
        monkeypatch.setattr(f"{module}.TEXT_BYTES", 16 * 1024)
    path = tmp_path / "vault.log"
    line = "2026-11-24T10:00:%02d.000Z [INFO]  core: post-unseal upgrade seal keys if supported\n"
    path.write_text("".join(line % (n % 60) for n in range(500)))
    outcome = check(path, "--format", "json")
    assert (outcome.code, outcome.document["artefacts"][0]["kind"]) == (0, "server_log")
    assert outcome.document["artefacts"][0]["facts"]["records"] == 500


def test_the_same_evidence_gives_the_same_bytes_in_two_processes() -> None:
    command = [sys.executable, "-m", "seal_advisor.cli", "check", str(LOOSE), "--format", "json"]
    root = SAMPLES.parent.parent.parent
    runs = [
        subprocess.run(command, cwd=root, capture_output=True, env={**os.environ, "PYTHONHASHSEED": seed}).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1]
    assert runs[0]


def test_check_loads_no_framework_and_no_rules_without_answers() -> None:
    program = (
        "import sys; from evidence.commands.check import run; run([sys.argv[1]]); "
        "print([m for m in sys.modules if m.split('.')[0] in "
        "{'django', 'rest_framework', 'celery', 'weasyprint', 'hcl2', 'msgspec', 'defusedxml'} "
        "or m == 'seal_advisor.core.rules'], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(LOOSE)], cwd=SAMPLES.parent.parent.parent, capture_output=True
    )
    assert done.stderr.decode().strip() == "[]"


@pytest.mark.parametrize("epoch", ["yesterday", "-5", "1.5", "99999999999999999999"])
def test_a_clock_that_is_none_is_refused_not_ignored(check, monkeypatch: pytest.MonkeyPatch, epoch: str) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    outcome = check(GOOD)
    assert (outcome.code, outcome.out, outcome.err.count("\n")) == (2, "", 1)
    assert epoch in outcome.err


def test_one_path_cannot_come_from_two_nodes(check) -> None:
    outcome = check("--node", f"one={GOOD}", "--node", f"two={GOOD}")
    assert outcome.code == 2
    assert "comes from 'one' already" in outcome.err


@pytest.mark.parametrize("product", ["openbao:", "openbao:new"])
def test_a_version_that_is_none_is_refused(check, product: str) -> None:
    assert "no version" in check(GOOD, "--product", product).err
