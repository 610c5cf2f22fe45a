"""What the evidence says about seals: which ones the configurations hold, and where a config's problem belongs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evidence.core.demands import Demands, Settings
from evidence.core.doctor_facts import DoctorFacts, DoctorSeal
from evidence.core.facts import (
    Artefact,
    ConfigFacts,
    Evidence,
    HsmObjectsFacts,
    Problem,
    Setting,
    Stanza,
    StatusFacts,
    UnreadableSetting,
    VersionFacts,
)
from evidence.core.judgement import at, fresh
from evidence.core.results import Finding
from evidence.core.sources import VAULT_CONFIG

CLOUD_SEALS = frozenset(
    {
        "alicloudkms",
        "awskms",
        "azurekeyvault",
        "gcpckms",
        "huaweicloudkms",
        "ocikms",
        "ovhcloud",
        "tcloudpublic",
        "tencentcloudkms",
    }
)
# Who answers for a setting that the server refuses; whatever is not named here belongs to C-HD-02.
OWNER_BY_SETTING = {
    "tls_cipher_suites": "C-TL-02",
    "mechanism": "C-KB-05",
    "hmac_mechanism": "C-KB-05",
    "hmac_key_label": "C-KB-05",
    "rsa_oaep_hash": "C-KB-05",
    "generate_key": "C-KB-04",
    "pin": "C-PN-01",
    "token": "C-PN-01",
    "current_key": "C-PN-01",
    "previous_key": "C-PN-01",
    "secret_key": "C-PN-04",
    "access_key": "C-PN-04",
    "client_secret": "C-PN-04",
    "disable_mlock": "C-HD-01",
}


def option_of(seal: str) -> str:
    """The decision's option for a seal's label: every cloud seal is `cloud_kms`; the others are called the same."""
    return "cloud_kms" if seal in CLOUD_SEALS else seal


def live_seals(config: ConfigFacts) -> tuple[Stanza, ...]:
    """The seals that are not `disabled`; a switch that cannot be read does not make a seal disappear."""
    return tuple(seal for seal in config.blocks("seal") if _switch(seal, "disabled") is not True)


def seal_labels(config: ConfigFacts) -> tuple[str, ...]:
    """Labels of the live seals; no live seal is Shamir."""
    return tuple(seal.label for seal in live_seals(config)) or ("shamir",)


def _switch(stanza: Stanza, name: str) -> bool | None:
    try:
        return stanza.flag(name)
    except UnreadableSetting:
        return None


def switch(artefact: Artefact, stanza: Stanza, name: str, findings: list[Finding], source: str) -> bool | None:
    """The setting as true or false, None when absent; an unreadable one becomes a finding and reads as None."""
    try:
        return stanza.flag(name)
    except UnreadableSetting as error:
        message = f"{name} cannot be read as true or false"
        _say(findings, at(artefact, error.setting.line, message, f"{name} = true, or {name} = false", source))
        return None


def word(artefact: Artefact, stanza: Stanza, name: str, findings: list[Finding], source: str) -> str | None:
    """The setting as text, None when absent; a list or a block becomes a finding and reads as None."""
    try:
        return stanza.text(name)
    except UnreadableSetting as error:
        message = f"{name} must be one string, not a list or a block: the server refuses to start"
        _say(findings, at(artefact, error.setting.line, message, replacement(error.setting), source))
        return None


def _say(findings: list[Finding], finding: Finding) -> None:
    """Add it unless the reader's own refusal already names this line."""
    if not any((known.path, known.line) == (finding.path, finding.line) for known in findings):
        findings.append(finding)


def replacement(setting: Setting) -> str:
    """The line that the server would accept instead of a list: its values in one comma-separated string."""
    if isinstance(setting.value, list):
        joined = ",".join(str(item) for item in setting.value)
        return f'{setting.name} = "{joined}"'
    return f'{setting.name} = "..."'


def seal_kinds(evidence: Evidence, demands: Demands) -> frozenset[str]:
    """Seal labels that the evidence shows (configurations, else status, else the decision); empty when nothing says."""
    shown = {label for _, config in evidence.of(ConfigFacts) for label in seal_labels(config)}
    shown |= {status.seal_type for _, status in evidence.of(StatusFacts) if status.seal_type}
    shown |= {seal.label for _, doctor in evidence.of(DoctorFacts) for seal in doctor.seals}
    if shown:
        return frozenset(shown)
    return demands.seals or frozenset()


def only_other_seals(evidence: Evidence, demands: Demands, wanted: frozenset[str]) -> str:
    """Why a control about these seals (option ids) has no subject here, or "" when it may have one."""
    kinds = seal_kinds(evidence, demands)
    if not kinds or any(option_of(kind) in wanted for kind in kinds):
        return ""
    return f"the seal here is {', '.join(sorted(kinds))}; this control is about {', '.join(sorted(wanted))}"


def artefacts_with_seal(evidence: Evidence) -> tuple[Artefact, ...]:
    """The artefacts that show which seal is in use."""
    configs = tuple(artefact for artefact, _ in evidence.of(ConfigFacts))
    return configs + tuple(artefact for artefact, status in evidence.of(StatusFacts) if status.seal_type)


Doctors = Sequence[tuple[Artefact, DoctorFacts]]


def doctors(evidence: Evidence, settings: Settings) -> tuple[Doctors, list[Finding]]:
    """The doctor's reports that are recent enough, and a `stale` finding for each that is not."""
    return fresh(evidence.of(DoctorFacts), lambda report: report.at, settings, settings.runtime_max_age)


def tried_seals(reports: Doctors) -> tuple[tuple[Artefact, DoctorSeal], ...]:
    """Every PKCS#11 seal that a doctor has tried, with its report."""
    return tuple((artefact, seal) for artefact, report in reports for seal in report.of_kind("pkcs11"))


def tried(config: Artefact, reports: Doctors) -> tuple[DoctorSeal, ...]:
    """The seals of this very configuration as a doctor has tried them; empty when none has."""
    return tuple(seal for _, report in reports if report.config_sha256 == config.sha256 for seal in report.seals)


def key_labels(evidence: Evidence, reports: Doctors = ()) -> dict[str, str]:
    """Label of every key that a PKCS#11 seal names -> the artefact that names it.

    Where a doctor has tried a configuration, the labels that were in effect count: the environment beats the file.
    """
    labels: dict[str, str] = {}
    for artefact, config in evidence.of(ConfigFacts):
        for seal in () if tried(artefact, reports) else live_seals(config):
            for name in ("key_label", "hmac_key_label"):
                setting = seal.settings.get(name)
                if seal.label == "pkcs11" and setting is not None:
                    labels[str(setting.value)] = artefact.name
    for artefact, tried_seal in tried_seals(reports):
        labels |= dict.fromkeys((*tried_seal.labels, *(key.label for key in tried_seal.keys)), artefact.name)
    return labels


def listings(evidence: Evidence, reports: Doctors) -> tuple[tuple[Artefact, HsmObjectsFacts], ...]:
    """The keys of tokens, from listings and from doctors' reports."""
    return evidence.of(HsmObjectsFacts) + tuple((artefact, seal.listing()) for artefact, seal in tried_seals(reports))


def walk(stanza: Stanza) -> Iterator[Stanza]:
    """The stanza and every block inside it, without recursion."""
    waiting = [stanza]
    while waiting:
        current = waiting.pop(0)
        yield current
        waiting.extend(current.stanzas)


def owner_of(config: ConfigFacts, problem: Problem) -> str:
    """The control that answers for a problem of a configuration, by the place where it stands."""
    if problem.code == "disable_mlock" or "mlock" in problem.message:
        return "C-HD-01"
    name, kind = _place(config, problem.line)
    if name in OWNER_BY_SETTING:
        return OWNER_BY_SETTING[name]
    if kind == "seal":
        return "C-KB-01"
    if kind == "listener" and name.startswith("tls_"):
        return "C-TL-01"
    return "C-HD-02"


def _place(config: ConfigFacts, line: int | None) -> tuple[str, str]:
    """Name of the setting and kind of the top-level block at a line; a block owns the lines up to the next thing."""
    if line is None:
        return "", ""
    best: tuple[int, str, str] = (0, "", "")
    for block in (config.root, *config.root.stanzas):
        inside = walk(block) if block is not config.root else iter([block])
        for stanza in inside:
            for setting in stanza.settings.values():
                if best[0] < setting.line <= line or setting.line == line:
                    best = (setting.line, setting.name, block.kind)
            if stanza is not config.root and best[0] < stanza.line <= line:
                best = (stanza.line, "", block.kind)
    return best[1], best[2]


def refused_here(artefact: Artefact, config: ConfigFacts, control: str) -> list[Finding]:
    """What the server would refuse in this file, as far as this control answers for it."""
    findings = [
        at(artefact, problem.line, problem.message, problem.remedy, problem.source or VAULT_CONFIG)
        for problem in config.problems
        if problem.effect == "refused" and owner_of(config, problem) == control
    ]
    told = any(problem.effect == "refused" for problem in config.problems)
    if control == "C-HD-02" and not config.server_accepts and not told:
        findings.append(at(artefact, None, "the server refuses to start with this file", "", VAULT_CONFIG))
    return findings


def fips_build(evidence: Evidence) -> bool | None:
    """Does the evidence show a FIPS build? False when it shows another build, None when it shows none."""
    editions = [version.edition for _, version in evidence.of(VersionFacts)]
    configs = [config for _, config in evidence.of(ConfigFacts)]
    if editions:
        return all("fips" in edition for edition in editions)
    # OpenBao has no official FIPS build, so its configuration alone says no.
    if configs and all(config.product == "openbao" for config in configs):
        return False
    return None
