"""A configuration whose version nobody declared, judged for the version that its own node was seen to run.

Some verdicts hang on the version (`disable_mlock` from Vault 1.20, file storage in OpenBao 2.7). A status or version
capture of the same node says it as well as a declaration would; without either, or where two captures disagree, the
version stays unknown and what hangs on it stays `cannot_decide`.
"""

from __future__ import annotations

from evidence.core.facts import Artefact, ConfigFacts, Evidence, StatusFacts, VersionFacts
from evidence.core.nodes import node_of_config
from evidence.core.parsers.vault_config import for_version
from seal_advisor.core.record import replace


def with_versions(evidence: Evidence) -> Evidence:
    """The same evidence, with every such configuration read for the version that its node runs."""
    configs = evidence.of(ConfigFacts)
    if all(config.version for _, config in configs):
        return evidence
    seen = _seen(evidence)
    nodes = {node_of_config(artefact, config) for artefact, config in configs}
    alone = len(configs) == 1 or len(nodes) == 1
    return replace(evidence, artefacts=tuple(_read(one, seen, alone=alone) for one in evidence.artefacts))


def _seen(evidence: Evidence) -> dict[str, set[str]]:
    """Node ("" where nobody named it) -> the versions that its captures show, without the build's suffix."""
    found: dict[str, set[str]] = {}
    captures = [(artefact, one.version) for artefact, one in evidence.of(VersionFacts)]
    captures += [(artefact, one.version) for artefact, one in evidence.of(StatusFacts) if one.version]
    for artefact, version in captures:
        found.setdefault(artefact.node or "", set()).add(version.partition("+")[0].removeprefix("v"))
    return found


def _read(artefact: Artefact, seen: dict[str, set[str]], *, alone: bool) -> Artefact:
    """alone: all configurations are of one node, so that a capture without a node speaks of it too."""
    config = artefact.facts
    if not isinstance(config, ConfigFacts) or config.version:
        return artefact
    node = node_of_config(artefact, config)
    versions = set(seen.get(node or "", ()))
    if alone and set(seen) <= {"", node or ""}:
        versions |= seen.get("", set())
    elif node is None:
        versions = set()
    if len(versions) != 1:
        return artefact
    return replace(artefact, facts=for_version(config, versions.pop()))
