"""SARIF of every kind of evidence is valid against the schema of its standard."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import jsonschema_rs
import pytest

from evidence.commands.check import run

DATA = Path(__file__).resolve().parent.parent / "data"
SCHEMA = DATA / "sarif/sarif-schema-2.1.0.json"
SHA256 = "c3b4bb2d6093897483348925aaa73af03b3e3f4bd4ca38cef26dcb4212a2682e"
FOLDERS = ("audit", "conf", "doctor", "hsm", "runtime", "tls")


@pytest.fixture(scope="module")
def validator() -> jsonschema_rs.Validator:
    data = SCHEMA.read_bytes()
    assert sha256(data).hexdigest() == SHA256  # the committee's own, unchanged
    return jsonschema_rs.validator_for(json.loads(data), validate_formats=True)


def printed(capsys: pytest.CaptureFixture[str], *paths: Path) -> dict:
    run([*map(str, paths), "--format", "sarif"])
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("folder", FOLDERS)
def test_each_sample_by_itself_is_valid(
    folder: str, validator: jsonschema_rs.Validator, capsys: pytest.CaptureFixture[str]
) -> None:
    samples = sorted(path for path in (DATA / "samples" / folder).rglob("*") if path.is_file())
    assert samples
    for sample in samples:
        faults = [
            f"{'/'.join(map(str, one.instance_path))}: {one.message}"
            for one in validator.iter_errors(printed(capsys, sample))
        ]
        assert faults == [], sample.name


def test_names_of_every_alphabet_are_valid_addresses(
    validator: jsonschema_rs.Validator, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    loose = (DATA / "samples/conf/loose.hcl").read_bytes()
    for name in ("a b.hcl", "100%.hcl", "日本語.hcl", "a#b?c.hcl", "[x].hcl", 'q"q.hcl'):
        (tmp_path / name).write_bytes(loose)
        document = printed(capsys, tmp_path / name)
        assert [one.message for one in validator.iter_errors(document)] == [], name
        assert document["runs"][0]["results"]


def test_the_schema_refuses_what_is_wrong(
    validator: jsonschema_rs.Validator, capsys: pytest.CaptureFixture[str]
) -> None:
    document = printed(capsys, DATA / "samples/conf/loose.hcl")
    document["runs"][0]["results"][0]["level"] = "fatal"
    assert not validator.is_valid(document)
