"""A version that nobody declared is taken from what the same node was seen to run, and from nothing else."""

from __future__ import annotations

import pytest

from evidence.core.facts import Artefact, ConfigFacts, Evidence
from evidence.core.upload import Declared, intake
from evidence.core.versions import with_versions

CONFIG = b"""\
storage "raft" {
  path = "/d"
  node_id = "a"
}
listener "tcp" {
  address = "x:8200"
  tls_disable = true
}
api_addr = "http://x:8200"
cluster_addr = "https://x:8201"
"""
VERSION = "Vault v%s (abcdef0123), built 2025-01-01T00:00:00Z\n"


def config(node: str | None = None) -> Artefact:
    return intake("vault.hcl", CONFIG, declared=Declared(product="vault", node=node))


def seen(version: str, node: str | None = None) -> Artefact:
    return intake("version.txt", (VERSION % version).encode(), declared=Declared(node=node))


def read(*artefacts: Artefact) -> ConfigFacts:
    return with_versions(Evidence(artefacts)).of(ConfigFacts)[0][1]


def effect(facts: ConfigFacts) -> list[str]:
    return [problem.effect for problem in facts.problems if problem.code == "disable_mlock"]


@pytest.mark.parametrize(
    ("version", "accepts", "effects"), [("1.21.0", False, ["refused"]), ("1.19.4+ent.hsm", True, [])]
)
def test_what_hangs_on_the_version_is_decided_by_the_capture_of_the_node(
    version: str, accepts: bool, effects: list[str]
) -> None:
    before = read(config("a"))
    assert (before.version, effect(before)) == (None, ["warned"])
    after = read(config("a"), seen(version, "a"))
    assert (after.version, after.server_accepts, effect(after)) == (version.partition("+")[0], accepts, effects)


def test_a_node_that_stands_alone_needs_no_name() -> None:
    assert read(config(), seen("1.21.0")).version == "1.21.0"


@pytest.mark.parametrize(
    "others",
    [
        (seen("1.21.0", "b"),),
        (seen("1.21.0", "a"), seen("1.20.0", "a")),
        (config("b"), seen("1.21.0")),
    ],
    ids=["another node", "two versions", "a capture of nobody knows which node"],
)
def test_a_capture_that_may_be_of_another_node_decides_nothing(others: tuple[Artefact, ...]) -> None:
    assert read(config("a"), *others).version is None


def test_a_declared_version_stands() -> None:
    declared = intake("vault.hcl", CONFIG, declared=Declared(product="vault", version="1.19.0", node="a"))
    assert read(declared, seen("1.21.0", "a")).version == "1.19.0"
