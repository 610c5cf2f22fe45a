"""The runbooks' hard parts on the real OpenBao: a restore into another cluster, and a seal migration."""

from __future__ import annotations

from pathlib import Path

from seal_advisor.core.runbook import markdown
from seal_advisor.core.runbooks.dr_restore import RUNBOOK as RESTORE
from seal_advisor.core.runbooks.migration import RUNBOOK as MIGRATION
from tests import bao, services
from tests.evidence.test_generated_configs import design, initialised, local

KEY = b"k" * 32


def test_a_snapshot_opens_in_another_cluster_that_has_the_original_seal_key(tmp_path: Path) -> None:
    made, here, there = design("static", "openbao_2_7"), tmp_path / "here", tmp_path / "there"
    assert "openbao.snap" in markdown(RESTORE, made, "")
    port = services.free_port()
    file = local(made, here, port)
    (here / "etc/openbao/seal.key").write_bytes(KEY)
    with bao.running(file, port, here) as server:
        initialised(server, automatic=True)
        server.wait(lambda: server.call("POST", "sys/mounts/kv", {"type": "kv"}) is None)
        server.call("POST", "kv/secret", {"a": "b"})
        server.run("operator", "raft", "snapshot", "save", str(tmp_path / "openbao.snap"))
        root, original = server.token, server.call("GET", "sys/seal-status")

    port = services.free_port()
    file = local(made, there, port)
    # The step says it: the audit blocks are those of the original cluster to the letter.
    file.write_text(file.read_text().replace(str(there / "var/log/openbao"), str(here / "var/log/openbao")))
    (there / "etc/openbao/seal.key").write_bytes(KEY)
    with bao.running(file, port, there) as server:
        initialised(server, automatic=True)
        server.run("operator", "raft", "snapshot", "restore", "-force", str(tmp_path / "openbao.snap"))
        server.token = root
        server.wait(lambda: server.call("GET", "kv/secret")["data"] == {"a": "b"}, 30)
        status = server.call("GET", "sys/seal-status")
        assert {key: status[key] for key in ("cluster_id", "cluster_name", "n", "t", "type")} == {
            key: original[key] for key in ("cluster_id", "cluster_name", "n", "t", "type")
        }


def test_shamir_migrates_to_an_automatic_seal_with_the_unseal_keys(tmp_path: Path) -> None:
    made = design("static", "openbao_2_7", migrating_from="shamir")
    text = markdown(MIGRATION, made, "")
    assert "bao operator unseal -migrate" in text
    assert "there is no old block" in text
    port, before = services.free_port(), tmp_path / "node"
    file = local(design("shamir", "openbao_2_7"), before, port)
    with bao.running(file, port, before) as server:
        made_keys = server.call("PUT", "sys/init", {"secret_shares": 3, "secret_threshold": 2})
        for key in made_keys["keys"][:2]:
            server.call("PUT", "sys/unseal", {"key": key})
        server.wait(lambda: server.call("GET", "sys/health")["initialized"])
    key_file = before / "etc/openbao/seal.key"
    key_file.write_bytes(KEY)
    seal = f'seal "static" {{\n  current_key_id = "v1"\n  current_key = "file://{key_file}"\n}}\n'
    file.write_text(file.read_text() + seal)
    with bao.running(file, port, before) as server:
        for key in made_keys["keys"][:2]:
            server.call("PUT", "sys/unseal", {"key": key, "migrate": True})
        server.wait(lambda: server.call("GET", "sys/health")["initialized"])
        status = server.call("GET", "sys/seal-status")
        assert (status["type"], status["recovery_seal"], status["n"], status["t"]) == ("static", True, 3, 2)
    with bao.running(file, port, before) as server:
        server.wait(lambda: server.call("GET", "sys/seal-status")["sealed"] is False)
