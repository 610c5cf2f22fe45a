"""The ring: what the generator writes, our own parser accepts without a word, and the real server starts with."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime
from hashlib import sha256
from itertools import product as combinations
from pathlib import Path

import pytest

from evidence.core.demands import Settings, from_decision
from evidence.core.examine import examine
from evidence.core.facts import ConfigFacts, Declared, Evidence, ServerLogFacts
from evidence.core.parsers import vault_config
from evidence.core.results import Verdict
from evidence.core.upload import intake
from seal_advisor.core import answers, generate, rules, ruleset
from seal_advisor.core.design import CLOUD_SEALS, Design, seals_of
from seal_advisor.core.runbook import markdown
from seal_advisor.core.runbooks.first_start import RUNBOOK as FIRST_START
from seal_advisor.core.seals import SEALS
from seal_advisor.core.server_config import SUITES, server_config
from tests import bao, services

VAULT = ("vault_community", "vault_enterprise", "vault_enterprise_hsm")
OPENBAO = ("openbao_2_6", "openbao_2_7")
RULESET = rules.load(ruleset.current())
ARCHETYPES = sorted((Path(__file__).parents[1] / "data/archetypes").glob("*.json"))
VERSIONS = {"vault": "1.21.3", "openbao_2_6": "2.6.2", "openbao_2_7": "2.7.2"}


def design(option: str, platform: str, **answers: str) -> Design:
    given: dict[str, str | None] = {"platform": platform, "hosting": "aws", "hsm": "clustered", **answers}
    return Design(option, seals_of(option, given), platform, given, "2026.11.0", "0" * 64)


def designs() -> list[Design]:
    """Every option on every platform that has its seal, every cloud, with and without FIPS."""
    found = []
    fips = {"none": {}, "build": {"fips_level": "l3", "fips_scope": "whole_product"}, "key": {"fips_level": "l1"}}
    for platform, demanded in combinations((*VAULT, *OPENBAO), fips.values()):
        for option in ("pkcs11", "shamir", "transit", "static", "kmip"):
            if option == "shamir" or platform in SEALS[option].platforms:
                found.append(design(option, platform, **demanded))
        found += [design("cloud_kms", platform, hosting=hosting, **demanded) for hosting in CLOUD_SEALS]
        if platform.startswith("vault_enterprise"):
            found.append(design("multi_seal", platform, **demanded))
    models = ("thales_luna", "nitrokey_nethsm", "aws_cloudhsm_hsm2m", "google_kms_pkcs11")
    mechanisms = ("aes_gcm", "rsa_oaep", "aes_cbc_hmac", "rsa_pkcs1")
    for platform in ("vault_enterprise_hsm", "openbao_2_7"):
        found += [design("pkcs11", platform, hsm_model=model) for model in models]
        found += [design("pkcs11", platform, seal_mechanism=mechanism) for mechanism in mechanisms]
    return found


def name(made: Design) -> str:
    rest = [made.answers.get(key) for key in ("hosting", "fips_level", "fips_scope", "hsm_model", "seal_mechanism")]
    return "-".join([made.platform or "", made.option, *(each for each in rest if each)])


def facts(text: str, made: Design) -> ConfigFacts:
    version = VERSIONS.get(made.platform or "", VERSIONS["vault"])
    return vault_config.parse(text, Declared(product=made.product, version=version))


@pytest.mark.parametrize("made", designs(), ids=name)
def test_our_own_parser_finds_nothing_to_say_about_a_generated_configuration(made: Design) -> None:
    config = server_config(made)
    assert vault_config.matches(config.text)
    found = facts(config.text, made)
    assert found.problems == ()
    assert found.server_accepts
    assert [seal.label for seal in found.seals] == list(made.seals)
    assert config.text == server_config(made).text


@pytest.mark.parametrize("made", designs(), ids=name)
def test_every_placeholder_is_marked_in_the_file_and_no_secret_is_in_it(made: Design) -> None:
    config = server_config(made)
    assert config.text.count("# REPLACE: ") == len(config.blanks) + ("names no provider" in config.text)
    assert all(blank.value in config.text for blank in config.blanks)
    for seal in facts(config.text, made).seals:
        for secret in SEALS[seal.label].secrets() & seal.settings.keys():
            assert str(seal.settings[secret].value).startswith("file:///")
    assert max(map(len, re.findall(r"^ *#.*$", config.text, re.MULTILINE))) <= 120


@pytest.mark.parametrize("file", ARCHETYPES, ids=lambda file: file.stem)
def test_no_control_fails_on_what_was_generated_for_the_same_answers(file: Path) -> None:
    """Three nodes with the generated file: nothing fails, and nothing is redacted, because no secret is in it."""
    decision = rules.decide(RULESET, answers.loads(file.read_text(), RULESET))
    made = generate.files(decision, RULESET) if decision.status in ("recommended", "tie") else {}
    demands = from_decision(decision)
    for path in (path for path in made if path.endswith("vault.hcl")):
        artefacts = tuple(
            intake("vault.hcl", made[path].encode(), declared=Declared(demands.product, demands.version, node=node))
            for node in ("one", "two", "three")
        )
        assert not artefacts[0].redactions
        results = examine(Evidence(artefacts), demands, Settings(datetime(2026, 11, 24, tzinfo=UTC)))
        failed = [
            (each.control, each.reason) for each in results if each.verdict in (Verdict.FAIL, Verdict.CANNOT_DECIDE)
        ]
        assert failed == []


@pytest.mark.parametrize("platform", [*VAULT, *OPENBAO])
def test_tls_1_3_is_off_only_where_fips_is_demanded_of_a_build_that_is_no_fips_build(platform: str) -> None:
    def listener(**answers: str) -> dict[str, object]:
        made = design("shamir", platform, **answers)
        (block,) = facts(server_config(made).text, made).blocks("listener")
        return {key: setting.value for key, setting in block.settings.items()}

    plain, key_only = listener(), listener(fips_level="l1", fips_scope="key_only")
    whole = listener(fips_level="l1", fips_scope="whole_product")
    assert "tls_max_version" not in plain
    assert key_only["tls_max_version"] == "tls12"
    assert whole.get("tls_max_version") == (None if platform.startswith("vault_enterprise") else "tls12")
    assert plain["tls_min_version"] == "tls12"
    assert plain["tls_cipher_suites"] == ",".join(SUITES)


@pytest.mark.parametrize("option", ["shamir", "static", "transit", "kmip", "pkcs11", "cloud_kms"])
def test_the_real_openbao_2_7_validates_what_was_generated_for_it(option: str, tmp_path: Path) -> None:
    file = tmp_path / "openbao.hcl"
    file.write_text(server_config(design(option, "openbao_2_7")).text)
    code, words = bao.validate(file)
    assert code == bao.OK, words


def local(made: Design, home: Path, port: int, unsealer: int = 0) -> Path:
    """The generated file with its placeholders filled in for one node on the loopback, and TLS left out."""
    file = bao.placed(server_config(made).text, home, port)
    text = file.read_text().replace("https://unsealer.example.internal:8200", f"http://127.0.0.1:{unsealer}")
    file.write_text(re.sub(r" tls_ca_cert .*", "", text))
    return file


def initialised(server: bao.Server, automatic: bool) -> None:
    """Initialises, unseals by hand where nobody else does, and waits until the node serves."""
    kind = "recovery" if automatic else "secret"
    made = server.call("PUT", "sys/init", {f"{kind}_shares": 3, f"{kind}_threshold": 2})
    for key in () if automatic else made["keys"][:2]:
        server.call("PUT", "sys/unseal", {"key": key})
    server.token = made["root_token"]
    server.wait(lambda: server.call("GET", "sys/health")["initialized"])


@pytest.mark.parametrize("option", ["shamir", "static"])
def test_the_real_openbao_starts_unseals_and_reports_the_seal(option: str, tmp_path: Path) -> None:
    made, port = design(option, "openbao_2_7"), services.free_port()
    file = local(made, tmp_path, port)
    (tmp_path / "etc/openbao/seal.key").write_bytes(b"k" * 32)
    with bao.running(file, port, tmp_path) as server:
        initialised(server, automatic=option != "shamir")
        status = server.call("GET", "sys/seal-status")
        assert (status["type"], status["sealed"]) == (option, False)
        assert (status["t"], status["n"]) == (2, 3)
        devices = server.call("GET", "sys/audit")["data"]
        assert {"to-file/", "to-stdout/"} <= set(devices)
    if option == "static":
        with bao.running(file, port, tmp_path) as server:
            server.wait(lambda: server.call("GET", "sys/seal-status")["sealed"] is False)


def test_the_real_openbao_unseals_itself_through_another_ones_transit_engine(tmp_path: Path) -> None:
    made, port, far = design("transit", "openbao_2_7"), services.free_port(), services.free_port()
    near_home, far_home = tmp_path / "near", tmp_path / "far"
    with bao.running(local(design("shamir", "openbao_2_7"), far_home, far), far, far_home) as unsealer:
        initialised(unsealer, automatic=False)
        unsealer.call("POST", "sys/mounts/transit", {"type": "transit"})
        unsealer.call("POST", "transit/keys/openbao-prod-1-autounseal", {})
        file = local(made, near_home, port, unsealer=far)
        (near_home / "etc/openbao/transit.token").write_text(unsealer.token)
        with bao.running(file, port, near_home) as server:
            initialised(server, automatic=True)
            status = server.call("GET", "sys/seal-status")
            assert (status["type"], status["sealed"], status["recovery_seal"]) == ("transit", False, True)
        with bao.running(file, port, near_home) as server:
            server.wait(lambda: server.call("GET", "sys/seal-status")["sealed"] is False)
            assert server.call("GET", "sys/seal-status")["type"] == "transit"


def refusal(file: Path, port: int, home: Path) -> str:
    """The line in which the real server gives up."""
    with pytest.raises(AssertionError) as refused, bao.running(file, port, home):
        pass
    (line,) = re.findall(
        r"^Error (?:configuring seal|creating KMS plugin catalog).*$", str(refused.value), re.MULTILINE
    )
    return str(line)


def causes(line: str) -> set[str]:
    """The signatures of a refused start that our reader of server logs finds in a line."""
    log = intake("openbao.log", line.encode(), declared=Declared("openbao", "2.7.2")).facts
    assert isinstance(log, ServerLogFacts)
    return {problem.code for problem in log.problems if problem.effect == "refused"}


def test_without_its_plugin_block_the_real_openbao_2_7_knows_no_pkcs11_and_neither_do_we(tmp_path: Path) -> None:
    made, port = design("pkcs11", "openbao_2_7"), services.free_port()
    file = local(made, tmp_path, port)
    text, removed = re.subn(r'^plugin "kms" "pkcs11" \{\n(?:.*\n)*?\}\n', "", file.read_text(), flags=re.MULTILINE)
    assert removed == 1
    file.write_text(text)
    (tmp_path / "etc/openbao/hsm.pin").write_text("1234")
    (tmp_path / "etc/openbao/plugins").mkdir()
    assert bao.validate(file)[0] == bao.OK  # it parses: only a start meets the missing wrapper
    said = refusal(file, port, tmp_path)
    assert said == 'Error configuring seal "pkcs11": unknown wrapper: pkcs11'
    assert causes(said) == {"T03", "T05"}
    (problem,) = facts(text, made).problems
    assert (problem.effect, problem.message.startswith(said)) == ("refused", True)
    assert 'plugin "kms" "pkcs11"' in problem.remedy


def test_the_real_openbao_2_7_starts_the_plugin_of_the_generated_block_by_its_digest(tmp_path: Path) -> None:
    """No plugin can be had here, so another program stands in: started, it does not speak the protocol.

    What the server says without each part is what the first-start runbook says of it.
    """
    made, port = design("pkcs11", "openbao_2_7"), services.free_port()
    runbook = markdown(FIRST_START, made, "")
    file = local(made, tmp_path, port)
    (tmp_path / "etc/openbao/hsm.pin").write_text("1234")
    plugin = tmp_path / "etc/openbao/plugins/openbao-plugin-kms-pkcs11"

    def said(words: str) -> bool:
        line = refusal(file, port, tmp_path)
        return words in line and f"`{words}`" in runbook and "T51" in causes(line)

    assert said("expand plugin directory")
    plugin.parent.mkdir()
    assert said("error while validating the command path")
    shutil.copy(shutil.which("true") or "true", plugin)
    assert said("checksums did not match")
    file.write_text(file.read_text().replace("0" * 64, sha256(plugin.read_bytes()).hexdigest()))
    line = refusal(file, port, tmp_path)
    assert "Unrecognized remote plugin message" in line
    assert "T51" in causes(line)
    assert facts(file.read_text(), made).problems == ()
