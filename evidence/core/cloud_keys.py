"""Which descriptions of KMS keys speak of the seal's own key, and what several of them say together."""

from __future__ import annotations

from collections.abc import Sequence

from evidence.core.facts import Artefact, ConfigFacts, Evidence
from evidence.core.facts.kms import KmsKeyFacts
from evidence.core.judgement import at, inconclusive
from evidence.core.results import Finding, Verdict
from evidence.core.seal_facts import CLOUD_SEALS, live_seals
from evidence.core.sources import AWS_KMS_KEY, AZURE_KEYS, GCP_KEYS, OCI_KEYS
from seal_advisor.core.record import fields, replace

# The setting that names the key, by seal; what it holds is the id, the name or the end of the full name.
NAMED_BY = {"awskms": "kms_key_id", "azurekeyvault": "key_name", "gcpckms": "crypto_key", "ocikms": "key_id"}
SOURCE = {"aws": AWS_KMS_KEY, "azure": AZURE_KEYS, "gcp": GCP_KEYS, "oci": OCI_KEYS}

Described = tuple[Artefact, KmsKeyFacts]


def seal_key_names(evidence: Evidence) -> dict[str, tuple[Artefact, int]]:
    """The key's name in every cloud seal -> where it stands. An alias is left out: nothing here can resolve it."""
    names: dict[str, tuple[Artefact, int]] = {}
    for artefact, config in evidence.of(ConfigFacts):
        for seal in live_seals(config):
            setting = seal.settings.get(NAMED_BY.get(seal.label, ""))
            if seal.label in CLOUD_SEALS and setting is not None and isinstance(setting.value, str):
                name = setting.value
                if name and not name.startswith("alias/") and ":alias/" not in name:
                    names[name] = (artefact, setting.line)
    return names


def described(evidence: Evidence) -> tuple[list[Described], list[Finding]]:
    """The keys that are described, each once with all that its files say; findings for what speaks of none of ours.

    Where configurations name their keys, a description of another key proves nothing about the seal.
    """
    joined: dict[str, Described] = {}
    for artefact, key in evidence.of(KmsKeyFacts):
        name = key.key.rsplit("/", 1)[-1]
        if name in joined:
            first, known = joined[name]
            joined[name] = (first, _joined(known, key))
        else:
            joined[name] = (artefact, key)
    names = seal_key_names(evidence)
    kept, findings = [], []
    for artefact, key in joined.values():
        if names and not any(_is(key, name) for name in names):
            why = f"it describes {key.key}, and no configuration names that key"
            fix = f"describe {', '.join(sorted(names))}"
            findings.append(inconclusive(artefact, why, fix, SOURCE[key.provider]))
        else:
            kept.append((artefact, key))
    return kept, findings


def undescribed(evidence: Evidence, keys: Sequence[Described]) -> list[Finding]:
    """A finding for every seal whose own key nobody described."""
    return [
        at(artefact, line, f"no description of the key {name}", "describe this key", AWS_KMS_KEY, Verdict.NOT_PROVEN)
        for name, (artefact, line) in sorted(seal_key_names(evidence).items())
        if not any(_is(key, name) for _, key in keys)
    ]


def _is(key: KmsKeyFacts, name: str) -> bool:
    """Whether the full name of the key is this one, or has it as one of its parts (Azure puts a version behind it)."""
    return name == key.key or name.rsplit("/", 1)[-1] in key.key.split("/")


def _joined(first: KmsKeyFacts, other: KmsKeyFacts) -> KmsKeyFacts:
    """What two files say about one key: the first that says something counts, and either may say nothing of it."""
    said = {
        name: getattr(other, name)
        for name in fields(KmsKeyFacts)
        if getattr(first, name) is None and getattr(other, name) is not None
    }
    return replace(
        first, **said, inconclusive="" if not (first.inconclusive and other.inconclusive) else first.inconclusive
    )
