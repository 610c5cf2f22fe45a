"""Two configurations side by side: the deployed one against the approved design, or one node against another.

    differences(expected, actual) -> what differs, with both lines and the consequence
    rows(expected, actual)        -> the same with what agrees, for a table
    seal_rows(one, other)         -> every setting of the seal stanzas of two nodes

Compared is what carries the design: the seal, its mechanism, how its key is labelled, the TLS floor, storage and joins,
audit devices, dangerous switches. Addresses, names and paths differ by nature and are left out. A default counts as
written, so that a file which says nothing and one which says the default agree.
"""

from __future__ import annotations

from collections.abc import Iterator

from evidence.core.facts import ConfigFacts, Declared, Setting, Stanza
from evidence.core.parsers.vault_config import parse
from evidence.core.seal_facts import live_seals
from evidence.core.server_rules.server import number_of
from seal_advisor.core.record import Record
from seal_advisor.core.regex import regex
from seal_advisor.core.words import plural

# What is compared -> what it means when the two differ.
CONSEQUENCES = {
    "seal": "the root key is wrapped by something else than was decided",
    "mechanism": "the root key is wrapped by another algorithm, perhaps one without authentication",
    "key label scheme": "a rotated key cannot be told from the old one by its label",
    "key": "the two use different keys: a node with the other key cannot unseal the shared data",
    "generate_key": "a starting node may make a key that no ceremony has seen",
    "rsa_oaep_hash": "the key is wrapped with another hash",
    "region": "the key is looked for in another region",
    "tls_skip_verify": "one of the two does not check who answers for the key service",
    "tls_disable": "one of the two speaks plain HTTP",
    "tls_min_version": "one of the two takes older TLS",
    "tls_max_version": "TLS 1.3 is open on one of the two, with suites that no setting restricts",
    "tls_cipher_suites": "a client may negotiate a suite that was not approved",
    "tls_require_and_verify_client_cert": "one of the two admits clients without a certificate",
    "storage": "snapshots, joins and recovery work differently",
    "retry_join": "a node that restarts finds fewer peers, and may stay out of the cluster",
    "retry_join over TLS": "a joining node may hand its data to an impostor",
    "audit": "requests are recorded by other devices than were approved",
    "raw_storage_endpoint": "decrypted storage can be read through the API on one of the two",
    "disable_mlock": "memory may reach the swap on one of the two",
    "enable_multiseal": "a second seal is used on one of the two only",
}
# A token's slot number is assigned where the client runs; the same token may sit in another slot on another node.
PER_NODE = frozenset({"slot", "tls_client_cert", "tls_client_key", "client_cert", "client_key"})
_SEAL_KEYS = ("generate_key", "rsa_oaep_hash", "region", "tls_skip_verify")
_NAMES_OF_KEYS = ("key_label", "key_id", "kms_key_id", "key_name", "crypto_key", "hmac_key_label")
_DEFAULTS = {
    "tls_disable": "false",
    "tls_min_version": "tls12",
    "tls_max_version": "tls13",
    "tls_cipher_suites": "the server's own list",
    "tls_require_and_verify_client_cert": "false",
    "generate_key": "false",
    "rsa_oaep_hash": "sha256",
    "tls_skip_verify": "false",
    "raw_storage_endpoint": "false",
    "enable_multiseal": "false",
}
_LISTENER = (
    "tls_disable",
    "tls_min_version",
    "tls_max_version",
    "tls_cipher_suites",
    "tls_require_and_verify_client_cert",
)
_VERSIONED = regex(r"(?i)(?:[-_.]|\b)v?\d{1,8}\Z")


class Row(Record):
    """One thing that is compared. left, right: as text, None where it is absent; lines are those of each file."""

    path: str
    left: str | None
    left_line: int | None
    right: str | None
    right_line: int | None
    consequence: str

    @property
    def differs(self) -> bool:
        return self.left != self.right


Difference = Row
Said = dict[str, tuple[str, int, str]]


def design_of(text: str, *, product: str, version: str | None = None) -> ConfigFacts:
    """The facts of the design's own configuration. text: `vault.hcl` as the generator writes it."""
    return parse(text, Declared(product=product, version=version))


def differences(expected: ConfigFacts, actual: ConfigFacts, *, nodes: bool = False) -> tuple[Difference, ...]:
    """What differs, in the order of the expected file; empty when both say the same.

    nodes: both are nodes of one cluster, so that the keys themselves must be the same and not only their scheme.
    """
    return tuple(row for row in rows(expected, actual, nodes=nodes) if row.differs)


def rows(expected: ConfigFacts, actual: ConfigFacts, *, nodes: bool = False) -> tuple[Row, ...]:
    """Everything that is compared, equal or not."""
    return _rows(_said(expected, nodes), _said(actual, nodes))


def _rows(left: Said, right: Said) -> tuple[Row, ...]:
    found = []
    for path in dict.fromkeys((*left, *right)):
        here, there = left.get(path), right.get(path)
        aspect = (here or there or ("", 0, ""))[2]
        found.append(
            Row(
                path,
                here[0] if here else None,
                here[1] if here else None,
                there[0] if there else None,
                there[1] if there else None,
                CONSEQUENCES.get(aspect, ""),
            )
        )
    return tuple(found)


def seal_rows(one: ConfigFacts, other: ConfigFacts) -> tuple[Row, ...]:
    """Every setting of the seal stanzas as it is written, equal or not, without what may differ for each node."""
    return _rows(_seal_settings(one), _seal_settings(other))


def _seal_settings(config: ConfigFacts) -> Said:
    """Every seal setting as "seal.LABEL[NUMBER].setting"; a stanza itself stands there as "block"."""
    said: Said = {}
    counts: dict[str, int] = {}
    for seal in config.blocks("seal"):
        counts[seal.label] = counts.get(seal.label, 0) + 1
        name = f"seal.{seal.label}" + (f"[{counts[seal.label]}]" if counts[seal.label] > 1 else "")
        said[name] = ("block", seal.line, "seal")
        for key, setting in seal.settings.items():
            if key not in PER_NODE:
                value = setting.value
                text = str(value).lower() if isinstance(value, bool) else str(value)  # `"true"` and `true` agree
                said[f"{name}.{key}"] = (text, setting.line, "key" if key in _NAMES_OF_KEYS else key)
    return said


def _said(config: ConfigFacts, nodes: bool) -> Said:
    """path -> (value, line, aspect) of everything that carries the design."""
    said: Said = {}
    seals = live_seals(config)
    line = seals[0].line if seals else 1
    said["seal"] = (" and ".join(seal.label for seal in seals) or "shamir", line, "seal")
    for seal in seals:
        said.update((f"seal.{seal.label}.{name}", value) for name, value in _seal(seal, nodes))
    listeners = config.blocks("listener")
    for number, listener in enumerate(listeners):
        name = f"listener.{listener.label}" + (f"[{number + 1}]" if number else "")
        for key in _LISTENER:
            said[f"{name}.{key}"] = (_value(listener, key), listener.line_of(key), key)
    for storage in config.blocks("storage"):
        said["storage"] = (storage.label, storage.line, "storage")
        said.update(_joins(storage))
    devices = config.blocks("audit")
    if config.product == "openbao":
        kinds = ", ".join(sorted(device.label for device in devices)) or "none"
        said["audit"] = (kinds, devices[0].line if devices else 1, "audit")
    for key in ("raw_storage_endpoint", "disable_mlock", "enable_multiseal"):
        if key in config.root.settings or key in _DEFAULTS:
            said[key] = (_value(config.root, key), config.root.line_of(key), key)
    return said


def _seal(seal: Stanza, nodes: bool) -> Iterator[tuple[str, tuple[str, int, str]]]:
    mechanism = seal.settings.get("mechanism")
    if mechanism is not None:
        number = number_of(mechanism.value)
        yield "mechanism", (_text(mechanism) if number is None else f"0x{number:04x}", mechanism.line, "mechanism")
    for key in _SEAL_KEYS:
        if key in seal.settings or (seal.label == "pkcs11" and key == "generate_key"):
            yield key, (_value(seal, key), seal.line_of(key), key)
    for key in _NAMES_OF_KEYS:
        setting = seal.settings.get(key)
        if setting is not None and nodes:
            yield key, (_text(setting), setting.line, "key")
        elif setting is not None and key.endswith("_label"):
            scheme = "with a version at its end" if _VERSIONED.search(_text(setting)) else "without a version"
            yield key, (scheme, setting.line, "key label scheme")


def _joins(storage: Stanza) -> Iterator[tuple[str, tuple[str, int, str]]]:
    joins = list(storage.within("retry_join"))
    if not joins:
        return
    automatic = [join for join in joins if "auto_join" in join.settings]
    number = "by discovery" if automatic else f"{plural(len(joins), 'peer')}"
    yield "storage.retry_join", (number, joins[0].line, "retry_join")
    open_ = [join for join in joins if not _is_safe(join)]
    first = open_[0] if open_ else joins[0]
    yield "storage.retry_join over TLS", ("no" if open_ else "yes", first.line, "retry_join over TLS")


def _is_safe(join: Stanza) -> bool:
    """Whether a join goes over https and names whom it trusts."""
    address = _value(join, "leader_api_addr")
    scheme = address.startswith("https://") or _value(join, "auto_join_scheme") in ("https", "")
    trust = "leader_ca_cert_file" in join.settings or "leader_ca_cert" in join.settings
    return trust and (scheme if "auto_join" in join.settings else address.startswith("https://"))


def _value(stanza: Stanza, name: str) -> str:
    """The setting as text, its default when absent; suites as a sorted list, switches as true and false."""
    setting = stanza.settings.get(name)
    if setting is None:
        return _DEFAULTS.get(name, "")
    text = _text(setting)
    if name == "tls_cipher_suites":
        return ", ".join(sorted(part.strip() for part in text.split(",")))
    if _DEFAULTS.get(name) in ("true", "false"):
        return {"1": "true", "t": "true", "true": "true", "0": "false", "f": "false", "false": "false"}.get(
            text.lower(), text
        )
    return text


def _text(setting: Setting) -> str:
    if setting.removed:
        return "a secret (removed)"
    value = setting.value
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(str(each) for each in value) if isinstance(value, list) else str(value)
