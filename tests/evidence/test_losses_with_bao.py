"""What the losses say, on the real OpenBao: the unsealing server goes, and recovery keys are tried in its place."""

from __future__ import annotations

import urllib.error
from contextlib import ExitStack
from pathlib import Path

import pytest

from seal_advisor.core import blast_radius
from tests import bao, services
from tests.evidence.test_generated_configs import design, initialised, local


def _opened(server: bao.Server, keys: list[str]) -> bool:
    """Is the node unsealed after a threshold of recovery keys?"""
    try:
        for key in keys[:2]:
            server.call("PUT", "sys/unseal", {"key": key})
    except urllib.error.HTTPError as error:
        error.close()
    return server.call("GET", "sys/seal-status")["sealed"] is False


def _start(server: bao.Server) -> tuple[list[str], str]:
    """Initialises a node that unseals itself: its recovery keys and its root token."""
    made = server.call("PUT", "sys/init", {"recovery_shares": 3, "recovery_threshold": 2})
    server.token = made["root_token"]
    server.wait(lambda: server.call("GET", "sys/health")["initialized"])
    return made["recovery_keys"], server.token


def test_without_its_unsealer_a_node_serves_until_restarted_and_recovery_keys_open_nothing(tmp_path: Path) -> None:
    said = next(one for one in blast_radius.losses("transit", platform="openbao_2_7") if one.id == "transit_unsealer")
    assert (said.serve, said.restart, said.data) == ("yes", "no", "until_recovered")
    port, far = services.free_port(), services.free_port()
    near_home, far_home = tmp_path / "near", tmp_path / "far"
    unsealing = local(design("static", "openbao_2_7"), far_home, far)
    (far_home / "etc/openbao/seal.key").write_bytes(b"k" * 32)
    file = local(design("transit", "openbao_2_7"), near_home, port, unsealer=far)

    with ExitStack() as unsealing_server, ExitStack() as node:
        unsealer = unsealing_server.enter_context(bao.running(unsealing, far, far_home))
        initialised(unsealer, automatic=True)
        unsealer.wait(lambda: unsealer.call("POST", "sys/mounts/transit", {"type": "transit"}) is None)
        unsealer.call("POST", "transit/keys/openbao-prod-1-autounseal", {})
        (near_home / "etc/openbao/transit.token").write_text(unsealer.token)
        server = node.enter_context(bao.running(file, port, near_home))
        keys, root = _start(server)
        server.wait(lambda: server.call("POST", "sys/mounts/kv", {"type": "kv"}) is None)
        server.call("POST", "kv/secret", {"a": "b"})

        unsealing_server.close()
        assert server.call("GET", "kv/secret")["data"] == {"a": "b"}
        server.call("PUT", "sys/seal")
        assert not _opened(server, keys)

    with pytest.raises(AssertionError, match='Error configuring seal "transit"'), bao.running(file, port, near_home):
        pass

    with bao.running(unsealing, far, far_home) as unsealer:
        unsealer.wait(lambda: unsealer.call("GET", "sys/seal-status")["sealed"] is False)
        with bao.running(file, port, near_home) as server:
            server.token = root
            server.wait(lambda: server.call("GET", "kv/secret")["data"] == {"a": "b"})
            server.call("PUT", "sys/seal")
            assert server.call("GET", "sys/seal-status")["sealed"] is True
            assert _opened(server, keys)  # with the seal in reach they do what is said of them
            server.wait(lambda: server.call("GET", "kv/secret")["data"] == {"a": "b"})
            server.call("PUT", "sys/seal")
        with bao.running(file, port, near_home) as server:  # and without any of them a restart unseals
            server.wait(lambda: server.call("GET", "sys/seal-status")["sealed"] is False)
