"""A generated cloud seal, for real: OpenBao 2.6 with `seal "awskms"` against moto's KMS, through a restart.

2.7 has no built-in cloud seal, so 2.6 it is. What the server then says about itself goes through our own controls.
"""

from __future__ import annotations

import json
import re
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

import boto3
import pytest

from evidence.core.demands import Settings, from_decision
from evidence.core.examine import examine
from evidence.core.facts import Declared, Evidence
from evidence.core.results import Verdict
from evidence.core.upload import intake
from seal_advisor.core import answers, generate, rules, ruleset
from tests import bao, certificates, services
from tests.evidence.test_generated_configs import initialised

RULESET = rules.load(ruleset.current())
ARCHETYPE = Path(__file__).parents[1] / "data/archetypes/software_service_on_aws.json"
REGION = "eu-central-1"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "AKIA0000000000000000", "AWS_SECRET_ACCESS_KEY": "moto asks for any"}


def decided() -> rules.Decision:
    """The design of a software service on AWS, on OpenBao 2.6."""
    document = json.loads(ARCHETYPE.read_text())
    document["answers"] |= {"platform": "openbao_2_6"}
    return rules.decide(RULESET, answers.parse(document, RULESET))


def made_key(endpoint: str) -> str:
    client = boto3.client(
        "kms",
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
    )
    return str(client.create_key()["KeyMetadata"]["KeyId"])


def filled_in(text: str, key: str, endpoint: str) -> str:
    """What README.md asks for: the key's id in its place; and the address of a KMS that is not Amazon's."""
    text, found = re.subn(r'kms_key_id = ".*"', f'kms_key_id = "{key}"\n  endpoint = "{endpoint}"', text)
    assert found == 1
    return text


def test_a_generated_cloud_seal_unseals_a_restarted_server_with_nobody_present(
    kms: services.Service, bao_2_6: Path, tmp_path: Path
) -> None:
    decision, port = decided(), services.free_port()
    text = generate.files(decision, RULESET)["vault.hcl"]
    file = bao.placed(filled_in(text, made_key(kms.address), kms.address), tmp_path, port, tls=True)
    authority = certificates.issue(tmp_path / "etc/openbao/tls", "openbao-1.example.internal", "ec")

    def started() -> AbstractContextManager[bao.Server]:
        return bao.running(file, port, tmp_path, program=bao_2_6, environment=CREDENTIALS, authority=authority)

    with started() as server:
        initialised(server, automatic=True)
    with started() as server:  # its log is a new file: what it says of an unseal is of this start
        server.wait(lambda: server.call("GET", "sys/seal-status")["sealed"] is False)
        status = server.call("GET", "sys/seal-status")
        log = server.log.read_bytes()
    assert (status["type"], status["sealed"], status["recovery_seal"]) == ("awskms", False, True)
    assert (status["version"], status["t"], status["n"]) == ("2.6.2", 2, 3)

    now = datetime.now(UTC)
    declared = Declared("openbao", status["version"], "openbao-1", now, now)
    given = {"openbao.hcl": file.read_bytes(), "status.json": json.dumps(status).encode(), "openbao.log": log}
    artefacts = tuple(intake(name, data, declared=declared) for name, data in given.items())
    assert [each.kind for each in artefacts] == ["vault_config", "status", "server_log"]
    results = {each.control: each for each in examine(Evidence(artefacts), from_decision(decision), Settings(now))}
    for control in ("C-KB-01", "C-ST-01", "C-PN-04"):
        assert results[control].verdict is Verdict.PASS, results[control]
    bad = [each for each in results.values() if each.verdict in (Verdict.FAIL, Verdict.CANNOT_DECIDE)]
    assert bad == []

    # A restart that cannot reach the key ends, and the same control sees it.
    file.write_text(file.read_text().replace(kms.address, "http://127.0.0.1:1"))
    with pytest.raises(AssertionError, match='Error configuring seal "awskms"'), started():
        pass
    refused = Evidence(
        (*artefacts[:2], intake("openbao.log", (tmp_path / "server.log").read_bytes(), declared=declared))
    )
    after = {each.control: each for each in examine(refused, from_decision(decision), Settings(now))}
    assert after["C-ST-01"].verdict is Verdict.FAIL
