"""Evidence against other evidence: node against node, an HSM against the ceremony, snapshots against the RPO."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from evidence.core.demands import Settings
from evidence.core.facts import Artefact, KeyEvent, KeyStoreLogFacts
from evidence.core.refusal import Refused
from evidence.core.upload import Declared, intake
from tests.evidence.judging import HSM_SEAL, NOW, config, decided, fails, judge, verdict

A, B = "a" * 64, "b" * 64
CEREMONY = """\
[ceremony]
began = 2026-10-01T09:00:00Z
ended = 2026-10-01T11:30:00+00:00
keys = ["vault-prod"]
[ceremony.present]
"ceremony master" = "Maria"
witness = "Walter"
"""


def listing(node: str | None, *files: tuple[str, str], name: str = "") -> Artefact:
    text = "".join(f"{sha256}  {path}\n" for path, sha256 in files)
    return intake(name or f"{node}.txt", text.encode(), declared=Declared(node=node))


def both(path: str = "/opt/hsm/lib.so") -> list[tuple[str, str]]:
    return [(path, A), ("/etc/hsm/client.conf", A)]


# C-CA-01: node against node


def test_the_same_hashes_on_two_nodes_pass_wherever_the_files_lie() -> None:
    found = judge("C-CA-01", listing("n1", *both()), listing("n2", *both("/usr/lib/lib.so")))
    assert (found.verdict.value, len(found.artefacts)) == ("pass", 2)
    assert found.reason == "client.conf, lib.so have the same hash on n1, n2"


def test_another_hash_on_a_node_fails_at_its_line() -> None:
    found = judge("C-CA-01", listing("n1", *both()), listing("n2", ("/opt/hsm/lib.so", A), ("/etc/client.conf", B)))
    assert fails(found) == [(2, "client.conf has the hash bbbbbbbbbbbb... here, but aaaaaaaaaaaa... in n1.txt")]


def test_a_file_that_one_node_lacks_is_a_difference() -> None:
    found = judge("C-CA-01", listing("n1", *both()), listing("n2", ("/opt/hsm/lib.so", A)))
    assert fails(found) == [(2, "client.conf is listed in n1.txt, but not in n2.txt")]
    assert judge("C-CA-01", listing("n2", ("/opt/hsm/lib.so", A)), listing("n1", *both())).verdict.value == "fail"


DOCTOR = (Path(__file__).resolve().parent.parent / "data/samples/doctor/softhsm-aes-gcm.json").read_text()
LOADED = "10a23f17bc75e66a55c3a7b727ad00b6a5f3573da8841ab799e6da9cc201db7e"


def doctor(node: str, sha256: str = LOADED) -> Artefact:
    return intake(f"{node}.json", DOCTOR.replace(LOADED, sha256).encode(), declared=Declared(node=node))


def test_another_library_that_the_doctor_loaded_fails_and_the_same_one_says_nothing_of_the_configuration() -> None:
    assert verdict("C-CA-01", doctor("n1"), doctor("n2")) == "not_proven"
    [(line, message)] = fails(judge("C-CA-01", doctor("n1"), doctor("n2", A)))
    assert DOCTOR.splitlines()[line - 1].strip() == '"library": {'
    assert message.startswith("the doctor loaded libsofthsm2.so with the hash aaaaaaaaaaaa... here, but it has 10a23f")
    same = [("/x/libsofthsm2.so", LOADED), ("/etc/softhsm2.conf", A)]
    nodes = [listing("n1", *same), listing("n2", *same)]
    assert verdict("C-CA-01", *nodes, doctor("n1")) == "pass"
    assert verdict("C-CA-01", *nodes, doctor("n2", B)) == "fail"


def test_one_node_or_no_name_proves_nothing_and_neither_does_a_member_without_hashes() -> None:
    assert verdict("C-CA-01") == "not_proven"
    assert verdict("C-CA-01", listing("n1", *both())) == "not_proven"
    assert (
        verdict("C-CA-01", listing(None, *both(), name="x.txt"), listing(None, *both(), name="y.txt")) == "not_proven"
    )


# C-DR-03: snapshots against the recovery point objective


def snapshots(*hours: float, size: int = 1000, form: str = "stat") -> Artefact:
    """Files that were written so many hours before the judgement."""
    lines = []
    for hour in hours:
        at = NOW - timedelta(hours=hour)
        if form == "stat":
            lines.append(f"{at:%Y-%m-%d %H:%M:%S}.000000000 +0000 {size} /backup/vault-{hour}.snap")
        else:
            lines.append(f"{at:%Y-%m-%d %H:%M:%S}       {size} vault-{hour}.snap")
    return intake("snapshots.txt", "\n".join(lines).encode() + b"\n")


@pytest.mark.parametrize("form", ["stat", "bucket"])
def test_times_within_the_objective_leave_only_what_times_cannot_show(form: str) -> None:
    found = judge("C-DR-03", snapshots(9, 5, 1, form=form), demands=decided("pkcs11", rpo="PT4H"))
    assert (found.verdict.value, found.missing, fails(found)) == ("not_proven", ("backup_record",), [])
    assert "encrypted and leave the site is not shown by their times; attest it" in found.reason


def test_a_gap_longer_than_the_objective_fails_between_two_and_up_to_the_judgement() -> None:
    found = judge("C-DR-03", snapshots(20, 13, 10), demands=decided("pkcs11", rpo="PT4H"))
    assert fails(found) == [
        (1, "no snapshot from 2026-11-23 16:00 to 2026-11-23 23:00: 7 h 00 min, the objective is 4 h 00 min"),
        (3, "no snapshot from 2026-11-24 02:00 to the judgement: 10 h 00 min, the objective is 4 h 00 min"),
    ]
    early = Settings(NOW, NOW - timedelta(days=30), NOW - timedelta(hours=9))
    assert (
        len(fails(judge("C-DR-03", snapshots(20, 17, 13, 10), demands=decided("pkcs11", rpo="PT4H"), settings=early)))
        == 0
    )


def test_the_order_of_the_lines_does_not_matter_and_an_empty_snapshot_is_none() -> None:
    found = judge("C-DR-03", snapshots(1, 9, 5), demands=decided("pkcs11", rpo="PT4H"))
    assert fails(found) == []
    empty = judge("C-DR-03", snapshots(9, 5, 1, size=0), demands=decided("pkcs11", rpo="PT4H"))
    assert len(fails(empty)) == 3


def test_without_a_listing_or_an_objective_nothing_is_proven() -> None:
    assert verdict("C-DR-03", demands=decided("pkcs11", rpo="PT4H")) == "not_proven"
    assert "no answer gives a recovery point objective" in str(judge("C-DR-03", snapshots(5, 1)).findings)
    assert "how often they run does not show" in str(
        judge("C-DR-03", snapshots(1), demands=decided("pkcs11", rpo="PT4H")).findings
    )


# C-KB-04: keys made by the HSM against the hours of the ceremony


def ceremony(text: str = CEREMONY) -> Artefact:
    return intake("ceremony.toml", text.encode())


def hsm_log(*made: tuple[str, str | None], first: str = "2026-09-01", last: str = "2026-11-01") -> Artefact:
    events = tuple(
        KeyEvent("generate", datetime.fromisoformat(f"{at}+00:00"), 10 + number, True, "co", key)
        for number, (at, key) in enumerate(made)
    )
    facts = KeyStoreLogFacts(
        format="aws_cloudhsm", records=5, first=datetime.fromisoformat(first).replace(tzinfo=UTC),
        last=datetime.fromisoformat(last).replace(tzinfo=UTC), counts={}, gaps=(), numbered=True,
        integrity="verified", integrity_reason="", events=events,
    )  # fmt: skip
    return Artefact(name="hsm.log", sha256="c" * 64, size=1, kind="key_store_log", facts=facts)


def test_a_record_of_a_ceremony_is_read_with_its_hours_keys_and_people() -> None:
    facts = ceremony().facts
    assert (facts.ended.hour, facts.keys, facts.present[1]) == (11, ("vault-prod",), ("witness", "Walter"))


@pytest.mark.parametrize(
    ("before", "after"),
    [("keys = [", "kesy = ["), ('["vault-prod"]', "[]"), ("T09:00:00Z", "T12:00:00Z"), ("T09:00:00Z", "T09:00:00"),
     ("began =", "#"), ("[ceremony.present]", "[other]")],
)  # fmt: skip
def test_a_record_that_cannot_be_one_is_refused(before: str, after: str) -> None:
    with pytest.raises(Refused):
        ceremony(CEREMONY.replace(before, after))


def test_a_key_made_within_the_hours_of_the_ceremony_passes() -> None:
    found = judge("C-KB-04", config(HSM_SEAL), ceremony(), hsm_log(("2026-10-01T10:00", "vault-prod")))
    assert found.verdict.value == "pass"
    assert "within the hours of ceremony.toml" in found.reason


def test_the_seals_key_made_at_another_hour_fails_and_an_unknown_key_is_to_be_shown() -> None:
    made = hsm_log(("2026-10-01T10:00", "vault-prod"), ("2026-10-05T22:00", "vault-prod"))
    found = judge("C-KB-04", config(HSM_SEAL), ceremony(), made)
    message = "the key vault-prod was made on 2026-10-05 22:00Z, outside the ceremony of ceremony.toml"
    assert fails(found) == [(11, message)]
    other = hsm_log(("2026-10-01T10:00", None), ("2026-10-05T22:00", None))
    assert verdict("C-KB-04", config(HSM_SEAL), ceremony(), other) == "warn"


def test_a_ceremony_in_which_the_hsm_saw_no_key_made_fails_and_hours_without_a_log_prove_nothing() -> None:
    assert verdict("C-KB-04", config(HSM_SEAL), ceremony(), hsm_log()) == "fail"
    assert verdict("C-KB-04", config(HSM_SEAL), ceremony(), hsm_log(first="2026-10-02")) == "not_proven"
    assert verdict("C-KB-04", config(HSM_SEAL), ceremony()) == "not_proven"
