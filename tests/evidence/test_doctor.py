"""The doctor against a real SoftHSM 2: what works, and each failure with its cause and first response."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from evidence.core.doctor_facts import DoctorFacts
from evidence.core.signatures import SIGNATURES
from evidence.core.upload import intake
from evidence.doctor import children, hsm, names
from evidence.doctor.children import Failure, run_step
from tests.evidence.doctor_tokens import PIN, Outcome, Token, doctor, make

MEANING = {signature.id: signature.meaning for signature in SIGNATURES}


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Token:
    made = make(tmp_path_factory.mktemp("doctor"))
    made.key("wrap", "AES:32", "--sensitive")
    made.key("mac", "GENERIC:32", "--sensitive", key_id="02")
    made.key("pair", "rsa:2048", "--usage-decrypt", key_id="03")
    made.key("open", "AES:32", "--extractable", key_id="04")
    for number in ("05", "06"):
        made.key("twice", "AES:32", "--sensitive", key_id=number)
    return made


@pytest.fixture(scope="module")
def sound(token: Token) -> Outcome:
    return doctor(token, token.config(), "--sessions", "3")


def explained(outcome: Outcome, check: str, signature: str) -> Mapping[str, str]:
    """The failed check carries its signature, a cause and a first response, and the command says no."""
    found = outcome.check(check)
    assert (found["state"], found["signature"], outcome.code) == ("failed", signature, 1)
    assert found["cause"]
    assert found["response"]
    return found


def test_a_sound_seal_passes_every_check_and_software_is_called_software(sound: Outcome) -> None:
    states = sound.states()
    assert sound.code == 0
    assert states.pop("hardware") == "warned"
    assert set(states.values()) == {"ok"}
    assert "is software" in sound.check("hardware")["message"]
    assert sound.seal["software"] is True


def test_the_evidence_holds_slot_key_mechanism_latency_and_sessions(sound: Outcome) -> None:
    seal, (key,) = sound.seal, sound.seal["keys"]
    assert (seal["slot"]["token_label"], seal["library"]["cryptoki"]) == ("hsm1", "2.40")
    assert len(seal["library"]["sha256"]) == 64
    assert (key["type"], key["bits"], key["key_id"], key["local"]) == ("AES", 256, "01", True)
    assert (key["sensitive"], key["extractable"], key["never_extractable"]) == (True, False, True)
    assert (seal["mechanism"]["number"], seal["mechanism"]["basis"]) == (0x1087, "configured")
    assert seal["round_trip"] == {"matches": True, "bytes": 32}
    assert seal["latency_ms"]["samples"] == 3
    assert 0 < seal["latency_ms"]["encrypt_p50"] <= seal["latency_ms"]["encrypt_p99"]
    assert (seal["sessions"]["tried"], seal["sessions"]["opened"], seal["sessions"]["limit"]) == (3, 3, None)
    assert sound.document["node"] == "n1"


def test_the_report_comes_back_as_facts_with_nothing_to_remove(sound: Outcome) -> None:
    artefact = intake("doctor.json", sound.text.encode())
    assert (artefact.kind, artefact.redactions) == ("doctor", ())
    assert isinstance(artefact.facts, DoctorFacts)
    (seal,) = artefact.facts.seals
    assert (seal.mechanism, seal.round_trip, seal.software, seal.labels) == (0x1087, True, True, ("wrap",))
    lines = artefact.content.decode().splitlines()
    assert '"class": "secret"' in lines[seal.keys[0].line - 1]
    assert seal.pin is not None
    assert '"pin_file": {' in lines[(seal.pin.line or 0) - 1]


def test_two_runs_differ_in_moment_and_latency_only(token: Token, sound: Outcome) -> None:
    again = doctor(token, token.config(), "--sessions", "3")
    assert unmeasured(again.text) == unmeasured(sound.text)
    assert list(json.loads(again.text)) == sorted(json.loads(again.text))


def unmeasured(text: str) -> str:
    """The report without its figures."""
    return re.sub(r"[0-9.]+ (ms|round)|(_ms?\w*|_p?\d*|_m\w\w|second|taken_at)\": [^,\n]+", "", text)


def test_the_page_names_every_key_and_every_check(sound: Outcome) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs/doctor.md").read_text(encoding="utf-8").replace("[]`", "`")
    measured = re.compile(r"(en|de)crypt_(min|max|p\d\d)")
    words = {word for word in re.findall(r'"(\w+)": ', sound.text) if not measured.fullmatch(word)}
    assert sorted(word for word in {*words, *sound.states()} if f"`{word}`" not in page) == []
    source = "".join(path.read_text(encoding="utf-8") for path in Path(hsm.__file__).parent.glob("*.py"))
    checks = set(re.findall(r'(?:Check|failed)\(\s*"(\w+)"', source))
    assert sorted(check for check in checks if f"`{check}`" not in page) == []


@pytest.mark.parametrize(
    ("changes", "product"),
    [
        ({"mechanism": "0x1085", "hmac_key_label": "mac"}, "vault"),
        ({"mechanism": "0x1082", "hmac_key_label": "mac"}, "vault"),
        ({"mechanism": None, "hmac_key_label": "mac"}, "vault"),
        ({"mechanism": None}, "openbao:2.6"),
        ({"mechanism": "0x0009", "key_label": "pair", "rsa_oaep_hash": "sha1"}, "vault"),
        ({"mechanism": "CKM_RSA_PKCS_OAEP", "key_label": "pair", "rsa_oaep_hash": "sha1"}, "openbao:2.6"),
        ({"mechanism": "0x0001", "key_label": "pair"}, "vault"),
    ],
)
def test_every_mechanism_of_the_seal_gives_the_plain_text_back(
    token: Token, changes: dict[str, str | None], product: str
) -> None:
    outcome = doctor(token, token.config(**changes), "--product", product)
    assert (outcome.failed(), outcome.seal["round_trip"]) == ([], {"matches": True, "bytes": 32})


def test_without_a_mechanism_vault_takes_cbc_and_openbao_goes_by_the_key(token: Token) -> None:
    config = token.config(mechanism=None, hmac_key_label="mac")
    mechanism = doctor(token, config).seal["mechanism"]
    assert (mechanism["name"], mechanism["basis"]) == ("CKM_AES_CBC_PAD", "best available")
    config = token.config(mechanism=None)
    mechanism = doctor(token, config, "--product", "openbao:2.6").seal["mechanism"]
    assert (mechanism["name"], mechanism["basis"]) == ("CKM_AES_GCM", "by key type")


def test_the_environment_beats_the_file(token: Token, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAULT_HSM_KEY_LABEL", "wrap")
    outcome = doctor(token, token.config(key_label="elsewhere"))
    assert (outcome.code, outcome.document["environment"]) == (0, ["VAULT_HSM_KEY_LABEL"])
    parameter = next(each for each in outcome.seal["parameters"] if each["parameter"] == "key_label")
    assert parameter == {"parameter": "key_label", "value": "wrap", "from": "environment VAULT_HSM_KEY_LABEL"}


# Failures of the start, each as an operator meets it


def test_a_wrong_pin_is_tried_once_and_explained(token: Token, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []

    def counted(step: str, *rest: Any) -> dict[str, Any] | Failure:
        steps.append(step)
        return run_step(step, *rest)

    monkeypatch.setattr(hsm, "run_step", counted)
    monkeypatch.setenv("VAULT_HSM_PIN", "00000000")
    outcome = doctor(token, token.config(pin=None))
    found = explained(outcome, "login", "T09")
    assert "CKR_PIN_INCORRECT" in found["message"]
    assert "stop retrying" in found["response"]
    assert steps == ["library", "token", "keys"]
    assert outcome.states()["round_trip"] == "not_run"
    monkeypatch.undo()
    after = doctor(token, token.config())
    assert after.states()["pin_tries"] == "warned"  # SoftHSM remembers the wrong one until a right one comes


def test_no_login_is_tried_where_the_next_wrong_pin_locks_the_token(
    token: Token, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = altered(monkeypatch, flags=names.CKF_USER_PIN_FINAL_TRY)
    explained(doctor(token, token.config()), "login", "T10")
    assert "keys" not in steps


def altered(monkeypatch: pytest.MonkeyPatch, **changes: int) -> list[str]:
    """SoftHSM states no limit and never locks: its answer about the token is changed on the way."""
    steps: list[str] = []

    def step(name: str, *rest: Any) -> dict[str, Any] | Failure:
        steps.append(name)
        answer = run_step(name, *rest)
        if name == "token" and isinstance(answer, dict):
            answer["chosen"] |= changes
        return answer

    monkeypatch.setattr(hsm, "run_step", step)
    return steps


def test_fewer_than_two_sessions_are_too_few(token: Token, monkeypatch: pytest.MonkeyPatch) -> None:
    altered(monkeypatch, max_sessions=1, max_rw_sessions=1)
    explained(doctor(token, token.config()), "session_limit", "T14")
    altered(monkeypatch, max_sessions=3, max_rw_sessions=3)
    assert doctor(token, token.config(), "--sessions", "3").check("session_limit")["state"] == "warned"


@pytest.mark.parametrize("changes", [{"token_label": "hsm2"}, {"token_label": None, "slot": "99"}])
def test_a_wrong_token_label_or_slot_shows_what_there_is(token: Token, changes: dict[str, str | None]) -> None:
    found = explained(doctor(token, token.config(**changes)), "token", "T11")
    assert "there is 'hsm1' in slot" in found["message"]


def test_a_slot_is_a_decimal_number_and_finds_the_token(token: Token, sound: Outcome) -> None:
    slot = sound.seal["slot"]["id"]
    assert doctor(token, token.config(token_label=None, slot=slot)).code == 0
    explained(doctor(token, token.config(token_label=None, slot=hex(int(slot)))), "token", "T11")


def test_a_token_is_found_by_its_serial_on_openbao(token: Token, sound: Outcome) -> None:
    config = token.config(token_label=None, serial=sound.seal["slot"]["serial"])
    assert doctor(token, config, "--product", "openbao:2.6").code == 0


@pytest.mark.parametrize("lib", ["/nowhere/libhsm.so", "vault.hcl", "libc"])
def test_a_library_that_is_missing_or_none_is_explained(token: Token, lib: str) -> None:
    paths = {"vault.hcl": str(token.folder / "vault.hcl"), "libc": "libc.so.6"}
    outcome = doctor(token, token.config(lib=paths.get(lib, lib)))
    explained(outcome, "library", "T07")
    assert outcome.states()["token"] == "not_run"


def test_the_misspelt_library_is_named(token: Token) -> None:
    outcome = doctor(token, token.config(lib=None, library=token.library))
    explained(outcome, "library", "T06")
    assert "the library's path is `lib`" in " ".join(
        check["message"] for check in outcome.seal["checks"] if check["check"] == "config"
    )


def test_a_wrong_key_label_finds_nothing(token: Token) -> None:
    assert "no objects found" in explained(doctor(token, token.config(key_label="wrp")), "keys", "T24")["message"]


def test_two_keys_of_one_label_are_found_with_their_ids(token: Token) -> None:
    outcome = doctor(token, token.config(key_label="twice"))
    found = explained(outcome, "keys", "T24")
    assert "0x05, 0x06" in found["message"]
    assert "delete none" in found["response"]
    assert len(outcome.seal["keys"]) == 2


def test_a_key_id_tells_two_keys_of_one_label_apart(token: Token) -> None:
    outcome = doctor(token, token.config(key_label="twice", key_id="0x06"))
    assert (outcome.code, outcome.check("key_labels")["state"]) == (0, "warned")


def test_a_mechanism_that_the_token_lacks_is_refused(token: Token, tmp_path: Path) -> None:
    conf = tmp_path / "softhsm2.conf"
    conf.write_text((token.folder / "softhsm2.conf").read_text() + "slots.mechanisms = CKM_AES_CBC,CKM_AES_CBC_PAD\n")
    file = token.folder / "softhsm.env"
    file.write_text(f"# the server's\nexport SOFTHSM2_CONF='{conf}'\n")
    found = explained(doctor(token, token.config(), "--env-file", str(file)), "mechanism", "T17")
    assert "CKR_MECHANISM_INVALID" in found["message"]


def test_softhsm_refuses_oaep_with_sha256(token: Token) -> None:
    found = explained(doctor(token, token.config(key_label="pair", mechanism="0x0009")), "round_trip", "T18")
    assert "CKR_ARGUMENTS_BAD" in found["message"]


def test_a_mechanism_of_another_kind_of_key_does_not_fit(token: Token) -> None:
    explained(doctor(token, token.config(key_label="pair")), "mechanism", "T17")


def test_an_extractable_key_fails(token: Token) -> None:
    outcome = doctor(token, token.config(key_label="open"))
    assert outcome.failed() == ["key_attributes"]
    assert outcome.code == 1
    assert "can leave the token" in outcome.check("key_attributes")["message"]


# The PIN file


def test_a_trailing_newline_is_found_and_the_pin_not_tried(token: Token, tmp_path: Path) -> None:
    path = tmp_path / "pin"
    path.write_text(PIN + "\n")
    path.chmod(0o600)
    outcome = doctor(token, token.config(pin=f"file://{path}"))
    found = explained(outcome, "pin_newline", "T09")
    assert f"truncate -s -1 {path}" in found["response"]
    assert (outcome.states()["login"], outcome.seal["pin_file"]["trailing_newline"]) == ("not_run", True)


def test_one_slash_is_explained_as_the_server_would_fail(token: Token) -> None:
    outcome = doctor(token, token.config(pin=f"file:{token.pin_file}"))
    found = explained(outcome, "pin", "T08")
    assert f"file://{token.pin_file}" in found["response"]
    assert outcome.seal["pin_file"]["single_slash"] is True


def test_a_pin_file_that_others_read_or_that_belongs_to_another_fails(token: Token, tmp_path: Path) -> None:
    path = tmp_path / "pin"
    path.write_text(PIN)
    path.chmod(0o640)
    outcome = doctor(token, token.config(pin=f"file://{path}"), user="daemon")
    assert outcome.failed() == ["pin_file", "pin_owner"]
    assert outcome.seal["pin_file"]["mode"] == "0640"


def test_without_a_known_account_the_owner_is_a_warning(token: Token) -> None:
    outcome = doctor(token, token.config(), user=None)
    assert outcome.seal["pin_file"]["owner_basis"] in ("assumed", "account")
    assert outcome.check("pin_owner")["state"] != "ok"


def test_an_environment_file_is_looked_at_like_a_pin_file(token: Token, tmp_path: Path) -> None:
    file = tmp_path / "vault.env"
    file.write_text(f"VAULT_HSM_PIN={PIN}\n")
    file.chmod(0o644)
    outcome = doctor(token, token.config(pin=None), "--env-file", str(file))
    assert outcome.failed() == ["pin_file"]
    assert outcome.seal["pin_file"]["form"] == "environment"
    file.chmod(0o600)
    assert doctor(token, token.config(pin=None), "--env-file", str(file)).code == 0


def test_a_literal_pin_fails_and_is_not_repeated(token: Token) -> None:
    outcome = doctor(token, token.config(pin=PIN))
    assert outcome.failed() == ["pin"]
    assert outcome.seal["pin_file"]["form"] == "literal"


def test_an_unset_variable_is_named(token: Token) -> None:
    outcome = doctor(token, token.config(pin="env://NO_SUCH_PIN"))
    assert "NO_SUCH_PIN is not set" in outcome.check("pin")["message"]


# Libraries that misbehave


def test_a_message_that_repeats_the_pin_is_redacted(token: Token, monkeypatch: pytest.MonkeyPatch) -> None:
    def chatty(step: str, *rest: Any) -> dict[str, Any] | Failure:
        return run_step(step, *rest) if step != "keys" else Failure("Login", f"login with {PIN} failed")

    monkeypatch.setattr(hsm, "run_step", chatty)
    outcome = doctor(token, token.config())
    assert outcome.check("login")["message"] == "login with [redacted:known_secret] failed"


def test_a_library_that_hangs_is_killed_and_said_so(token: Token, tmp_path: Path) -> None:
    fifo = tmp_path / "softhsm2.conf"
    os.mkfifo(fifo)  # SoftHSM waits for somebody to write its configuration
    file = tmp_path / "env"
    file.write_text(f"SOFTHSM2_CONF={fifo}\n")
    outcome = doctor(token, token.config(), "--env-file", str(file), "--timeout", "1")
    found = outcome.check("library")
    assert (found["state"], outcome.code) == ("failed", 1)
    assert "no answer within 1 s" in found["message"]


def test_a_library_that_crashes_ends_its_child_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    crashing = tmp_path / "python"
    crashing.write_text("#!/bin/sh\nkill -SEGV $$\n")
    crashing.chmod(0o700)
    monkeypatch.setattr(children.sys, "executable", str(crashing))
    failure = run_step("library", {"lib": "/x"}, os.environ, 5)
    assert failure == Failure("crash", "the library ended its process: SIGSEGV")


@pytest.mark.parametrize(("pin", "variable"), [(None, "VAULT_HSM_PIN"), ("env://OUR_PIN", "OUR_PIN")])
def test_the_pin_reaches_no_argument_and_no_environment_of_the_child(
    token: Token, monkeypatch: pytest.MonkeyPatch, pin: str | None, variable: str
) -> None:
    seen: list[Any] = []
    real = children.subprocess.Popen

    def watched(words: list[str], **more: Any) -> Any:
        seen.append((words, dict(more["env"])))
        return real(words, **more)

    monkeypatch.setattr(children.subprocess, "Popen", watched)
    monkeypatch.setenv(variable, PIN)
    assert doctor(token, token.config(pin=pin)).code == 0
    assert seen
    assert PIN not in repr(seen)
