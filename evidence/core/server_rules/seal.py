"""Seal blocks, judged from the catalogue: which product knows the seal, required and unknown keys, forms of secrets."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

from evidence.core.facts import Problem, Setting, Stanza
from evidence.core.server_rules.listener import switch
from evidence.core.server_rules.schema import OPENBAO_SEALS
from evidence.core.server_rules.server import Server, misfit, number_of
from seal_advisor.core.regex import regex
from seal_advisor.core.seal_kind import SealKind
from seal_advisor.core.seals import SEALS
from seal_advisor.core.seals.kmip import ALGORITHMS
from seal_advisor.core.seals.pkcs11 import (
    MECHANISMS,
    MECHANISMS_OPENBAO,
    MECHANISMS_WITH_HMAC,
    OAEP_HASHES,
)
from seal_advisor.core.seals.static import KEY_BYTES
from seal_advisor.core.words import alike

MAX_SEALS = 3
INDIRECT = "https://developer.hashicorp.com/vault/docs/configuration/seal#indirect-value-references"
_SEALS_DOCS = {
    "vault": "https://developer.hashicorp.com/vault/docs/configuration/seal",
    "openbao": "https://openbao.org/docs/configuration/seal/",
}
_MIGRATION = "https://developer.hashicorp.com/vault/docs/configuration/seal/seal-ha"
_PLUGINS = "https://openbao.org/docs/configuration/plugins/"
_REMOVED = "https://openbao.org/community/deprecation/"
# Built into OpenBao 2.7 (RAN 2.7.2; every other kind answers "unknown wrapper").
_BUILT_IN_2_7 = frozenset({"shamir", "static", "transit", "kmip"})
_NAMES_OPENBAO = {"CKM_AES_GCM": 0x1087, "AES_GCM": 0x1087, "CKM_RSA_PKCS_OAEP": 0x0009, "RSA_PKCS_OAEP": 0x0009}
_HALF_A_SCHEME = regex(r"(?:file|env|string):(?!//)")


def seal_problems(root: Stanza, server: Server) -> Iterator[Problem]:
    """Everything the server would say about the seal blocks of a file."""
    seals = [stanza for stanza in root.stanzas if stanza.kind == "seal"]
    plugins = {
        inner.labels[1]
        for inner in root.stanzas
        if inner.kind == "plugin" and len(inner.labels) == 2 and inner.labels[0] == "kms"
    }
    yield from _number(root, seals, server)
    for seal in seals:
        yield from _one(seal, plugins, server)
        if server.product == "openbao" and seal.label.lower() in plugins and "plugin_directory" not in root.settings:
            message = f'Error configuring seal "{seal.label}": plugin directory not configured'
            yield _refused(
                "plugin_directory", message, seal.line, 'write plugin_directory = "/etc/openbao/plugins"', _PLUGINS
            )


def _refused(code: str, message: str, line: int, remedy: str, source: str) -> Problem:
    return Problem(code, message, line, "refused", remedy, source)


def _number(root: Stanza, seals: list[Stanza], server: Server) -> Iterator[Problem]:
    source = _SEALS_DOCS[server.product]
    if len(seals) > MAX_SEALS:
        message = f'only {MAX_SEALS} or less "seal" blocks are permitted, here are {len(seals)}'
        yield _refused("seals_too_many", message, seals[MAX_SEALS].line, "remove the ones that are not used", source)
    live = [seal for seal in seals if switch(seal, "disabled") is not True]
    if len(live) < 2:
        return
    second = live[1]
    if server.product == "openbao":
        message = "two seals provided but neither is disabled: OpenBao has one live seal"
        yield _refused("seals_two_live", message, second.line, 'write disabled = "true" in the old one', source)
        return
    if server.at_least(1, 16) is False:
        message = "more than one live seal needs Vault Enterprise 1.16 or later"
        yield _refused("seals_two_live", message, second.line, 'write disabled = "true" in the old one', _MIGRATION)
    elif not switch(root, "enable_multiseal"):
        message = f"{len(live)} live seals, but enable_multiseal is not true"
        yield _refused(
            "seals_two_live", message, second.line, "write enable_multiseal = true at the top level", _MIGRATION
        )
    yield from _priorities(live)


def _priorities(live: list[Stanza]) -> Iterator[Problem]:
    seen: dict[int, Stanza] = {}
    names: set[str] = set()
    for seal in live:
        setting = seal.settings.get("priority")
        number = number_of(setting.value) if setting else None
        line = seal.line_of("priority")
        if number is None or number < 1:
            message = "with more than one live seal each needs a priority of 1 or more"
            yield _refused("seal_priority", message, line, 'write priority = "1" in the preferred seal', _MIGRATION)
        elif number in seen:
            message = f"priority {number} is used twice; priorities must be unique"
            yield _refused("seal_priority", message, line, "give each seal a priority of its own", _MIGRATION)
        seen[number or 0] = seal
        name = str(seal.settings["name"].value) if "name" in seal.settings else seal.label
        if name in names:
            message = f'two live seals are called "{name}"; names must be unique'
            yield _refused("seal_name", message, seal.line, 'write name = "..." in each', _MIGRATION)
        if not re.fullmatch(r"[a-zA-Z0-9_-]+", name):
            message = f'seal name "{name}" may hold letters, digits, - and _ only'
            yield _refused("seal_name", message, seal.line_of("name"), "rename the seal", _MIGRATION)
        names.add(name)


def _one(seal: Stanza, plugins: set[str], server: Server) -> Iterator[Problem]:
    label = (seal.label or "seal").lower()
    source = _SEALS_DOCS[server.product]
    for setting in seal.settings.values():
        if isinstance(setting.value, (list, dict)) and setting.name != "purpose":
            message = f"seal.{label}: {setting.name} expected type 'string', got a list or an object"
            yield _refused("wrong_type", message, setting.line, f'write {setting.name} = "..."', source)
    for name in ("disabled", "health_check_enabled"):
        setting_ = seal.settings.get(name)
        reason = misfit("flag", setting_.value) if setting_ else ""
        if setting_ and reason:
            yield _refused(
                "wrong_type", f'{name} in seal "{label}" {reason}', setting_.line, f'write {name} = "true"', source
            )
    kind = SEALS.get(label)
    yield from _available(seal, label, kind, plugins, server)
    if kind is not None:
        yield from _keys(seal, kind, server)
        yield from _secrets(seal, kind)
        yield from _values(seal, kind, server)


def _available(seal: Stanza, label: str, kind: SealKind | None, plugins: set[str], server: Server) -> Iterator[Problem]:
    """Whether the product (and version) has this seal at all."""
    if server.product == "vault":
        if kind is None or not any(platform.startswith("vault") for platform in kind.platforms):
            if label in OPENBAO_SEALS:
                message = f'unknown seal type {label}: seal "{label}" exists in OpenBao only'
                remedy = "run OpenBao, or use a seal of Vault"
            else:
                message, remedy = f"unknown seal type {label}", _near(label, server)
            yield _refused("seal_unknown_type", message, seal.line, remedy, _SEALS_DOCS["vault"])
        return
    if label in plugins:
        return
    newest = server.at_least(2, 7) is not False  # an undeclared version counts as the current one
    if kind is None:
        if newest or label not in OPENBAO_SEALS:
            message = f'Error configuring seal "{label}": unknown wrapper: {label}'
            yield _refused("seal_unknown_type", message, seal.line, _near(label, server), _SEALS_DOCS["openbao"])
        return
    if newest and label not in _BUILT_IN_2_7:
        message = (
            f'Error configuring seal "{label}": unknown wrapper: {label}. '
            f"OpenBao 2.7.0 removed the built-in {label} seal; it is a KMS plugin now"
        )
        remedy = f'add plugin "kms" "{label}" {{ command = "..." sha256sum = "..." }} and plugin_directory'
        yield _refused("seal_needs_plugin", message, seal.line, remedy, _REMOVED)


def _near(label: str, server: Server) -> str:
    near = alike(label, SEALS, 0.6)
    known = ", ".join(
        name for name, kind in SEALS.items() if any(p.startswith(server.product[:4]) for p in kind.platforms)
    )
    return f"did you mean {near}? " if near else f"{server.name} knows {known}"


def _keys(seal: Stanza, kind: SealKind, server: Server) -> Iterator[Problem]:
    """Unknown, misspelt and missing keys."""
    known, source = kind.known(server.product), kind.sources[-1 if server.product == "openbao" else 0]
    meant: set[str] = set()
    for setting in seal.settings.values():
        if setting.name in known:
            continue
        right = kind.misspellings.get(setting.name)
        if right is None:
            right = alike(setting.name, known, 0.75)
        parameter = kind.parameter(right) if right else None
        if parameter and parameter.required and right not in seal.settings:
            meant.add(parameter.name)
            yield _misspelt(seal, kind, setting, parameter.name, source)
            continue
        yield _unknown_key(kind, setting, right, server, source)
    for name in kind.required(server.product):
        if name not in seal.settings and name not in meant:
            yield _missing(seal, kind, name, server, source)
    for group in kind.one_of.get(server.product, ()):
        if not any(name in seal.settings for name in group):
            variables = ", ".join(
                v for name in group if (p := kind.parameter(name)) for v in p.variables(server.product)
            )
            message = f'seal "{kind.name}": must set one of {", ".join(group)} (in the file or by {variables})'
            yield _refused("seal_missing_key", message, seal.line, f'write {group[-1]} = "..."', source)


def _misspelt(seal: Stanza, kind: SealKind, setting: Setting, right: str, source: str) -> Problem:
    names = {"lib": "the library's path"}
    value = setting.value if isinstance(setting.value, str) and not setting.removed else "..."
    what = names.get(right, "the key meant")
    return Problem(
        "seal_unknown_key",
        f'`{setting.name}` is not a key of `seal "{kind.name}"`; {what} is `{right}`',
        setting.line,
        "refused",
        f'{right} = "{value}"',
        source,
    )


def _unknown_key(kind: SealKind, setting: Setting, right: str | None, server: Server, source: str) -> Problem:
    effect = kind.unknown_keys.get(server.product, "warned")
    says = {
        "ignored": f"{server.name} ignores it in silence, so it has no effect",
        "warned": f"{server.name} has no such key",
        "refused": f"{server.name} does not start with it",
    }[effect]
    only = kind.parameter(setting.name)
    if only is not None:
        owner = "Vault" if "vault" in only.products else "OpenBao"
        says = f"only {owner} has it; {says}"
    return Problem(
        "seal_unknown_key",
        f'`{setting.name}` is not a key of `seal "{kind.name}"` on {server.name}: {says}',
        setting.line,
        effect,
        f"did you mean {right}?" if right else f"remove {setting.name}",
        source,
    )


def _missing(seal: Stanza, kind: SealKind, name: str, server: Server, source: str) -> Problem:
    parameter = kind.parameter(name)
    variables = parameter.variables(server.product) if parameter else ()
    secret = parameter is not None and parameter.secret
    if secret and variables:
        message = f'seal "{kind.name}": {name} is not in the file, so it must come from {" or ".join(variables)}'
        return Problem("seal_secret_from_environment", message, seal.line, "ignored", "", source)
    message = f"seal \"{kind.name}\": missing required parameter '{name}'"
    if variables:
        message += f" (and {' or '.join(variables)} must then be set in the server's environment)"
    return _refused("seal_missing_key", message, seal.line, f'write {name} = "..."', source)


def _secrets(seal: Stanza, kind: SealKind) -> Iterator[Problem]:
    """`file:/path` and `env:NAME` with one slash or none: the server takes them for something else and fails."""
    for name in sorted(kind.secrets()):
        setting = seal.settings.get(name)
        if setting is None or setting.removed or not isinstance(setting.value, str):
            continue
        if not _HALF_A_SCHEME.match(setting.value):
            continue
        scheme, _, rest = setting.value.partition(":")
        right = f"file:///{rest.lstrip('/')}" if scheme == "file" else f"{scheme}://{rest.lstrip('/')}"
        message = (
            f'{name} = "{setting.value}" is not an indirect value: the scheme is `{scheme}://`, so the server opens '
            f"something literally called {setting.value} and stops (error reading file at {setting.value})"
            if scheme == "file"
            else f'{name} = "{setting.value}" is not an indirect value: the scheme is `{scheme}://`'
        )
        yield _refused("secret_single_slash", message, setting.line, f'{name} = "{right}"', INDIRECT)


def _values(seal: Stanza, kind: SealKind, server: Server) -> Iterator[Problem]:
    """Values that only this seal restricts."""
    source = kind.sources[-1 if server.product == "openbao" else 0]
    for parameter in kind.parameters:
        setting = seal.settings.get(parameter.name)
        if setting is None or setting.removed or isinstance(setting.value, (list, dict)):
            continue
        reason = misfit(parameter.type, setting.value) if parameter.type in ("flag", "number") else ""
        if reason:
            message = f'{setting.name} in seal "{kind.name}" {reason}'
            yield _refused("wrong_type", message, setting.line, f'write {setting.name} = "{parameter.default}"', source)
    if kind.name == "pkcs11":
        yield from _pkcs11(seal, server, source)
    elif kind.name == "static":
        yield from _static(seal, source)
    elif kind.name == "kmip":
        algorithm = seal.settings.get("encrypt_alg")
        if algorithm is not None and str(algorithm.value) not in ALGORITHMS:
            message = f"encrypt_alg {algorithm.value} is not one of {', '.join(ALGORITHMS)}"
            yield _refused("seal_value", message, algorithm.line, 'write encrypt_alg = "AES_GCM"', source)


def _pkcs11(seal: Stanza, server: Server, source: str) -> Iterator[Problem]:
    setting = seal.settings.get("mechanism")
    if setting is not None and not isinstance(setting.value, (list, dict)):
        number = number_of(setting.value)
        if number is None and server.product == "openbao":
            number = _NAMES_OPENBAO.get(str(setting.value))
        known = MECHANISMS_OPENBAO if server.product == "openbao" else MECHANISMS
        if number not in known:
            names = ", ".join(f"0x{code:04x} ({name})" for code, name in known.items())
            message = f"mechanism {setting.value} is none that {server.name} supports: {names}"
            yield _refused("seal_mechanism", message, setting.line, 'write mechanism = "0x1087"', source)
        elif number in MECHANISMS_WITH_HMAC and not {"hmac_key_label", "default_hmac_key_label", "hmac_key_id"} & set(
            seal.settings
        ):
            message = f"mechanism {MECHANISMS[number or 0]} needs an HMAC key: hmac_key_label is missing"
            yield _refused("seal_hmac_key", message, setting.line, 'write hmac_key_label = "..."', source)
    oaep = seal.settings.get("rsa_oaep_hash")
    if oaep is not None and str(oaep.value) not in OAEP_HASHES:
        message = f"rsa_oaep_hash {oaep.value} is not one of {', '.join(OAEP_HASHES)}"
        yield _refused("seal_value", message, oaep.line, 'write rsa_oaep_hash = "sha256"', source)


def _static(seal: Stanza, source: str) -> Iterator[Problem]:
    if "previous_key" in seal.settings and "previous_key_id" not in seal.settings:
        message = "got empty previous_key_id with non-empty previous_key"
        line = seal.line_of("previous_key")
        yield _refused("seal_missing_key", message, line, 'write previous_key_id = "..."', source)
    for name in ("current_key", "previous_key"):
        setting = seal.settings.get(name)
        if setting is None or setting.removed or not isinstance(setting.value, str) or "://" in setting.value:
            continue
        if _HALF_A_SCHEME.match(setting.value) or _is_key(setting.value):
            continue
        message = f"{name}: unknown encoding for AES-256 key: must be {KEY_BYTES} bytes, either raw, hex, or base64"
        yield _refused("seal_value", message, setting.line, "make one with `openssl rand -out FILE 32`", source)


def _is_key(text: str) -> bool:
    if len(text.encode()) == KEY_BYTES or re.fullmatch(r"[0-9a-fA-F]{64}", text):
        return True
    try:
        return len(binascii.a2b_base64(text, strict_mode=True)) == KEY_BYTES
    except (binascii.Error, ValueError):
        return False
