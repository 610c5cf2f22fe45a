"""package, verify and diff as a user meets them: exit codes, one line for each error, whole files or none."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from evidence.commands import package
from tests import timestamps
from tests.conftest import _or_skip

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "tests/data/samples"
ANSWERS = {
    "platform": "vault_enterprise_hsm",
    "fips_level": "l3",
    "boundary": "dedicated_hsm",
    "operator_keys": "forbidden",
    "unattended_start": "required",
    "hsm": "clustered",
    "hosting": "on_premises",
}


def run(*words: object, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "seal_advisor.cli", *map(str, words)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), "SOURCE_DATE_EPOCH": "1795510800", **environment},
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with answers and evidence of which one control fails."""
    made = tmp_path_factory.mktemp("package")
    (made / "answers.json").write_text(json.dumps({"answers": ANSWERS}))
    (made / "vault.hcl").write_bytes((SAMPLES / "conf/pkcs11-softhsm.hcl").read_bytes())
    return made


@pytest.fixture(scope="module")
def made(folder: Path) -> subprocess.CompletedProcess[str]:
    return run("package", folder / "vault.hcl", "--answers", folder / "answers.json", "-o", folder / "out.zip")


def test_a_failed_control_is_exit_1_and_the_package_is_written(
    folder: Path, made: subprocess.CompletedProcess[str]
) -> None:
    assert (made.returncode, made.stderr) == (1, "")
    assert "decision: recommended pkcs11" in made.stdout
    assert "self-issued trial certificate" in made.stdout
    done = run("verify", folder / "out.zip")
    assert done.returncode == 0, done.stdout
    assert "signer not anchored" in done.stdout
    assert done.stdout.endswith("package: valid, nothing differs\n")


def test_the_folder_s_names_and_the_secret_stay_outside(folder: Path, made: subprocess.CompletedProcess[str]) -> None:
    assert made.returncode == 1
    with zipfile.ZipFile(folder / "out.zip") as opened:
        everything = b"".join(opened.read(name) for name in opened.namelist() if name != "report.pdf")
    assert str(folder).encode() not in everything
    assert b"removed" in everything or b"[redacted:" in everything


def test_the_same_input_in_another_folder_zone_and_locale_gives_the_same_members(
    folder: Path, made: subprocess.CompletedProcess[str], tmp_path: Path
) -> None:
    assert made.returncode == 1
    for name in ("answers.json", "vault.hcl"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    again = run(
        "package",
        "vault.hcl",
        "--answers=answers.json",
        "--output=o.zip",
        cwd=tmp_path,
        TZ="Asia/Tokyo",
        LC_ALL="ja_JP.UTF-8",
    )
    assert again.returncode == 1, again.stderr
    with zipfile.ZipFile(folder / "out.zip") as one, zipfile.ZipFile(tmp_path / "o.zip") as other:
        assert one.namelist() == other.namelist()
        differing = [name for name in one.namelist() if one.read(name) != other.read(name)]
    assert differing == ["report.pdf", "ledger/tree-head.sig", "certs/signer.pem"]


def test_verify_says_it_in_json_and_asks_for_the_right_signer(
    folder: Path, made: subprocess.CompletedProcess[str]
) -> None:
    fingerprint = made.stdout.split("fingerprint: ")[1].strip()
    with zipfile.ZipFile(folder / "out.zip") as opened:
        (folder / "signer.pem").write_bytes(opened.read("certs/signer.pem"))
    done = run(
        "verify", folder / "out.zip", "--fingerprint", fingerprint, "--trust", folder / "signer.pem", "--format", "json"
    )
    said = json.loads(done.stdout)
    assert (done.returncode, said["valid"], said["anchored"]) == (0, True, True)
    assert said["signer"]["fingerprint"] == fingerprint
    wrong = run("verify", folder / "out.zip", "--fingerprint", hashlib.sha256(b"other").hexdigest())
    assert wrong.returncode == 1
    assert "DIFFERS  report.pdf: fingerprint" in wrong.stdout


def test_a_changed_member_is_named_with_exit_1(
    folder: Path, made: subprocess.CompletedProcess[str], tmp_path: Path
) -> None:
    assert made.returncode == 1
    out = io.BytesIO()
    with zipfile.ZipFile(folder / "out.zip") as opened, zipfile.ZipFile(out, "w") as changed:
        for name in opened.namelist():
            changed.writestr(
                name, opened.read(name).replace(b"pkcs11", b"shamir") if name == "decision.json" else opened.read(name)
            )
    (tmp_path / "changed.zip").write_bytes(out.getvalue())
    done = run("verify", tmp_path / "changed.zip")
    assert done.returncode == 1
    assert "DIFFERS  decision.json: SHA-256 is" in done.stdout


def test_a_package_without_change_has_no_difference(folder: Path, made: subprocess.CompletedProcess[str]) -> None:
    assert made.returncode == 1
    same = run("diff", folder / "out.zip", folder / "out.zip")
    assert (same.returncode, same.stdout) == (0, "nothing changed\n")
    assert json.loads(run("diff", folder / "out.zip", folder / "out.zip", "--format=json").stdout) == {"changes": []}


def test_a_refused_file_is_exit_2_and_named_in_a_package_that_is_written(folder: Path, tmp_path: Path) -> None:
    secrets = SAMPLES / "runtime/operator-init-SHAMIR-SECRETS.json"
    done = run("package", secrets, "--answers", folder / "answers.json", "-o", tmp_path / "out.zip")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert secrets.name in done.stderr
    with zipfile.ZipFile(tmp_path / "out.zip") as opened:
        assert json.loads(opened.read("manifest.json"))["refused"][0]["name"] == secrets.name


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "--answers is missing"),
        (("--answers", "ANSWERS"), "-o is missing"),
        (("--answers", "ANSWERS", "-o", "OUT"), "no PATH"),
        (("VAULT", "--answers", "ANSWERS", "-o", "no/such/folder/x.zip"), "its directory does not exist"),
        (("VAULT", "--answers", "VAULT", "-o", "OUT"), "vault.hcl"),
        (("VAULT", "--answers", "ANSWERS", "-o", "OUT", "--signing-key", "VAULT"), "cannot be opened"),
        (
            ("VAULT", "--answers", "ANSWERS", "-o", "OUT", "--pkcs11-module", "/no.so"),
            "--pkcs11-token-label is missing",
        ),
        (
            ("VAULT", "--answers", "ANSWERS", "-o", "OUT", "--signing-key-password", "env://X"),
            "--signing-key is missing",
        ),
        (("VAULT", "--answers", "ANSWERS", "-o", "OUT", "--sining-key", "x"), "did you mean '--signing-key'?"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_leaves_nothing(
    folder: Path,
    words: tuple[str, ...],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    names = {"ANSWERS": folder / "answers.json", "VAULT": folder / "vault.hcl", "OUT": tmp_path / "out.zip"}
    monkeypatch.chdir(tmp_path)
    assert package.run([str(names.get(word, word)) for word in words]) == 2
    errors = capsys.readouterr().err
    assert len(errors.splitlines()) == 1
    assert said in errors
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"no pdf", "neither a zip archive nor a PDF"), (b"", "neither a zip archive nor a PDF"), (None, "No such file")],
)
def test_verify_of_something_else_is_one_line_and_exit_2(content: bytes | None, said: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "report.pdf").write_bytes(content)
    done = run("verify", tmp_path / "report.pdf")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert said in done.stderr


@pytest.fixture(scope="module")
def tsa() -> Iterator[timestamps.Authority]:
    missing = timestamps.missing()
    if missing is not None:
        _or_skip(missing)
    with timestamps.authority() as running:
        yield running


def test_a_package_goes_on_from_the_one_before_and_both_are_time_stamped(
    folder: Path, made: subprocess.CompletedProcess[str], tsa: timestamps.Authority, tmp_path: Path
) -> None:
    """The whole way at the command line: key, authority, issuers, archive stamp, the ledger's growth, a replay."""
    assert made.returncode == 1
    (tmp_path / "alice.p12").write_bytes(tsa.pkcs12(b"secret"))
    alone = [folder / "vault.hcl", "--answers", folder / "answers.json", "--signing-key", tmp_path / "alice.p12"]
    keyed = [*alone, "--signing-key-password", "env://PHRASE", "--tsa", tsa.tsa(), "--trust", tsa.anchor_file]
    more = {"PHRASE": "secret", "SOURCE_DATE_EPOCH": ""}
    previous, new = folder / "out.zip", tmp_path / "new.zip"
    done = run("package", *keyed, "--level", "B-LTA", "--previous", previous, "-o", new, **more)
    assert (done.returncode, done.stderr) == (1, "")
    assert "signed by: Alice, auditor (PKCS#12 file), PAdES B-LTA" in done.stdout
    checked = run("verify", new, "--trust", tsa.anchor_file, "--previous", previous)
    assert checked.returncode == 0, checked.stdout
    assert "archive time-stamp" in checked.stdout
    assert "ledger: goes on from the package that was given" in checked.stdout
    assert "PAdES B-LTA\nsigner anchored\npackage: valid, nothing differs" in checked.stdout
    replayed = run("verify", previous, "--previous", new)
    assert replayed.returncode == 1
    assert "DIFFERS  ledger: this package is the older one" in replayed.stdout


def test_an_authority_that_gives_no_time_stamp_is_a_warning_and_exit_1(
    folder: Path, tsa: timestamps.Authority, tmp_path: Path
) -> None:
    decided = ["--decision-only", "--answers", folder / "answers.json", "-o", tmp_path / "out.zip"]
    done = run("package", *decided, "--tsa", tsa.tsa("garbage"), SOURCE_DATE_EPOCH="")
    assert done.returncode == 1
    assert done.stderr.startswith("WARNING: Signed without a time-stamp: the time-stamp authority")
    checked = run("verify", tmp_path / "out.zip")
    assert checked.returncode == 0
    assert "WARNING: Signed without a time-stamp" in checked.stdout
    assert "as the signer's machine says, without a time-stamp, PAdES B-B" in checked.stdout


def test_another_user_s_file_mode_changes_no_member(
    folder: Path, made: subprocess.CompletedProcess[str], tmp_path: Path
) -> None:
    """Another umask, home, user and host name, zone and language, and files that nobody else may read."""
    assert made.returncode == 1
    for name in ("answers.json", "vault.hcl"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
        (tmp_path / name).chmod(0o400)
        os.utime(tmp_path / name, (1, 1))
    other = "env -u LANG HOME=/nowhere USER=mallory LOGNAME=mallory HOSTNAME=elsewhere LC_ALL=tr_TR.UTF-8"
    command = f"{sys.executable} -m seal_advisor.cli package vault.hcl --answers answers.json -o o.zip"
    words = f"umask 0077; exec {other} {command}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "SOURCE_DATE_EPOCH": "1795510800", "TZ": "Pacific/Chatham"}
    again = subprocess.run(["sh", "-c", words], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert again.returncode == 1, again.stderr
    with zipfile.ZipFile(folder / "out.zip") as one, zipfile.ZipFile(tmp_path / "o.zip") as two:
        differing = [name for name in one.namelist() if one.read(name) != two.read(name)]
    assert differing == ["report.pdf", "ledger/tree-head.sig", "certs/signer.pem"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--level", "B-T"), "level B-T needs a time-stamp authority: see --level, --tsa and --trust"),
        (("--level", "B-X"), "no signature level 'B-X'"),
        (("--level", "B-LTA", "--tsa", "http://127.0.0.1:9/"), "needs the anchors"),
        (("--previous", "ANSWERS"), "no package"),
        (("--previous", "no-such.zip"), "No such file"),
    ],
)
def test_a_level_or_a_previous_package_that_cannot_be_is_one_line(
    folder: Path, words: tuple[str, ...], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    named = [str(folder / "answers.json") if word == "ANSWERS" else word for word in words]
    decided = ["--decision-only", "--answers", str(folder / "answers.json"), "-o", str(tmp_path / "out.zip")]
    assert package.run([*decided, *named]) == 2
    errors = capsys.readouterr().err
    assert len(errors.splitlines()) == 1
    assert said in errors
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("stub", [b"%PDF-1.7\n", b"%PDF-1.7\n%%EOF\n", b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n"])
def test_a_stub_of_a_report_is_told_in_words(stub: bytes, tmp_path: Path) -> None:
    (tmp_path / "report.pdf").write_bytes(stub)
    done = run("verify", tmp_path / "report.pdf")
    assert (done.returncode, done.stderr) == (1, "")
    assert "damaged, cut off or no report of ours" in done.stdout or "0 signatures in the report" in done.stdout
    assert "Traceback" not in done.stdout
