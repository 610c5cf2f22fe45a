"""Typed facts: what one artefact states, each with the place where it stands.

A parser turns redacted text into one of these classes; a control reads nothing else. Facts never hold a secret: they
are parsed from text that has been redacted already, so a removed literal shows as `Setting.removed`.
`None` always means "the artefact does not say", never "no".
"""

from __future__ import annotations

from evidence.core.facts.around import (
    AgentConfigFacts,
    DeclaredResource,
    EnvironmentFacts,
    PolicyFacts,
    PolicyRule,
    TerraformFacts,
    UnitFacts,
)
from evidence.core.facts.artefact import Artefact, Evidence, Redaction
from evidence.core.facts.certificate import Certificate, CertificateFacts
from evidence.core.facts.common import Declared, Problem
from evidence.core.facts.config import ConfigFacts, Setting, Stanza, UnreadableSetting
from evidence.core.facts.key_store import HsmObject, HsmObjectsFacts, KeyEvent, KeyStoreLogFacts, SequenceGap
from evidence.core.facts.runtime import (
    AuditDevice,
    AuditDevicesFacts,
    AuditLogFacts,
    DiagnoseFacts,
    KeyStatusFacts,
    RaftPeersFacts,
    RotationFacts,
    SealBackendsFacts,
    ServerLogFacts,
    StatusFacts,
    VersionFacts,
)
from evidence.core.facts.tls import ScannedCertificate, Suite, TlsScanFacts

__all__ = [
    "AgentConfigFacts",
    "Artefact",
    "AuditDevice",
    "AuditDevicesFacts",
    "AuditLogFacts",
    "Certificate",
    "CertificateFacts",
    "ConfigFacts",
    "Declared",
    "DeclaredResource",
    "DiagnoseFacts",
    "EnvironmentFacts",
    "Evidence",
    "HsmObject",
    "HsmObjectsFacts",
    "KeyEvent",
    "KeyStatusFacts",
    "KeyStoreLogFacts",
    "PolicyFacts",
    "PolicyRule",
    "Problem",
    "RaftPeersFacts",
    "Redaction",
    "RotationFacts",
    "ScannedCertificate",
    "SealBackendsFacts",
    "SequenceGap",
    "ServerLogFacts",
    "Setting",
    "Stanza",
    "StatusFacts",
    "Suite",
    "TerraformFacts",
    "TlsScanFacts",
    "UnitFacts",
    "UnreadableSetting",
    "VersionFacts",
]
