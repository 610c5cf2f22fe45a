"""The manifest: canonical bytes, complete records, proofs that lead to the root, and refusals that say why."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256

import pytest

from evidence.core import contents, custody, manifest
from evidence.core.manifest import Member
from tests.evidence import packages

LISTED = manifest.parse(packages.built().manifest)


def test_every_file_is_listed_but_those_that_something_else_binds() -> None:
    names = [name for name, _ in packages.built().files]
    assert [record["path"] for record in LISTED["members"]] == [name for name in names if manifest.is_listed(name)]
    assert {name for name in names if not manifest.is_listed(name)} == {
        "report.pdf",
        "manifest.json",
        "ledger/tree-head.json",
        "ledger/tree-head.sig",
        "certs/signer.pem",
    }


def test_a_record_says_everything_about_its_file() -> None:
    record = next(one for one in LISTED["members"] if one["path"] == "evidence/001-vault.hcl")
    original = packages.ARTEFACTS[0]
    assert record["sha256"] == sha256(original.content).hexdigest()
    assert record["original"] == {"name": "vault.hcl", "sha256": original.sha256, "size": original.size}
    assert record["redactions"] == [{"line": 3, "what": "seal.pkcs11.pin"}]
    assert (record["kind"], record["uploader"], record["node"]) == ("vault_config", "command line", "vault-1")
    assert record["received_at"] == "2026-11-24T09:30:00Z"


def test_every_record_is_proved_and_a_changed_one_is_not() -> None:
    for record in LISTED["members"]:
        assert manifest.proved(record, LISTED["ledger"])
        assert not manifest.proved({**record, "uploader": "Mallory"}, LISTED["ledger"])


def test_the_bytes_are_the_only_form_of_the_value() -> None:
    assert manifest.canonical({"b": 1, "a": "ü"}) == '{"a":"ü","b":1}'.encode()
    with pytest.raises(manifest.ManifestError, match="canonical"):
        manifest.parse(json.dumps(LISTED).encode())


def test_times_are_utc_whatever_zone_they_come_in() -> None:
    tokyo = datetime(2026, 11, 24, 18, 30, tzinfo=timezone(timedelta(hours=9)))
    assert manifest.moment(tokyo) == "2026-11-24T09:30:00Z"
    with pytest.raises(ValueError, match="time zone"):
        manifest.moment(datetime(2026, 11, 24))


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b'{"format":"seal-advisor/manifest","version":1}', b"\xff", b"[" * 9999]
)
def test_what_is_no_manifest_is_refused(data: bytes) -> None:
    with pytest.raises(manifest.ManifestError):
        manifest.parse(data)


def test_a_second_package_continues_the_ledger() -> None:
    first = manifest.extend(custody.Frontier(), [manifest.entry(Member("a", b"1", "x"))])
    second = manifest.extend(first.frontier, [manifest.entry(Member("b", b"2", "x"))])
    proof = custody.growth_proof(second.rows, first.size)
    assert custody.consistent(first.size, first.root, second.size, second.root, proof)


def test_bytes_that_changed_since_intake_stop_the_build() -> None:
    sha = packages.ARTEFACTS[0].sha256
    with pytest.raises(contents.EvidenceChanged, match=r"vault\.hcl"):
        contents.members(packages.package(kept={sha: "0" * 64}))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../x", "x"),
        ("a b;c.hcl", "a_b_c.hcl"),
        ("..", "file"),
        ("C:\\x\\y.log", "y.log"),
        ("-rf", "rf"),
        ("é.hcl", "_.hcl"),
    ],
)
def test_a_name_in_the_package_is_harmless_everywhere(given: str, kept: str) -> None:
    assert contents.safe_name(given) == kept


def test_now_is_the_clock_of_everything() -> None:
    later = packages.package(now=datetime(2027, 1, 1, tzinfo=UTC))
    assert all(one.received_at == later.now for one in contents.members(later))
