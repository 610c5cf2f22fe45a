"""The top level, and the small blocks: telemetry, audit, plugin, user_lockout, service_registration."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evidence.core.facts import Problem, Stanza
from evidence.core.server_rules.schema import AUDIT, PLUGIN, TELEMETRY, USER_LOCKOUTS, top_blocks, top_keys
from evidence.core.server_rules.server import Server, check_settings

_PLUGINS = "https://openbao.org/docs/configuration/plugins/"
_AUDIT = "https://openbao.org/docs/configuration/audit/"
_LOG_LEVELS = frozenset({"", "trace", "debug", "info", "notice", "warn", "warning", "err", "error"})
_PLUGIN_TYPES = frozenset({"auth", "credential", "database", "secret", "kms"})


def general_problems(root: Stanza, server: Server) -> Iterator[Problem]:
    """Everything the server would say about the top level and the small blocks."""
    yield from check_settings(root, top_keys(server.product), "", server, top_blocks(server.product))
    level = root.settings.get("log_level")
    if level is not None and isinstance(level.value, str) and level.value.lower().strip() not in _LOG_LEVELS:
        message = f"unknown log level: {level.value}"
        yield Problem("log_level", message, level.line, "refused", 'write log_level = "info"', server.docs)
    seen: set[str] = set()
    for stanza in root.stanzas:
        if stanza.kind == "telemetry":
            yield from check_settings(stanza, TELEMETRY, "telemetry", server)
        elif stanza.kind == "user_lockout" and stanza.label.lower() not in USER_LOCKOUTS:
            message = f'unsupported user_lockout type "{stanza.label}"'
            yield Problem(
                "user_lockout", message, stanza.line, "refused", 'write user_lockout "all" { ... }', server.docs
            )
        elif stanza.kind == "service_registration" and stanza.kind in seen:
            message = 'only one "service_registration" block is permitted'
            yield Problem("service_registration", message, stanza.line, "refused", "keep one of the two", server.docs)
        elif server.product == "openbao" and stanza.kind == "audit":
            yield from _audit(stanza, server)
        elif server.product == "openbao" and stanza.kind == "plugin":
            yield from _plugin(stanza, server)
        seen.add(stanza.kind)


def _audit(stanza: Stanza, server: Server) -> Iterator[Problem]:
    if len(stanza.labels) != 2 and not {"type", "path"} <= set(stanza.settings):
        message = "an audit block names its type and its path"
        yield Problem("audit_labels", message, stanza.line, "refused", 'write audit "file" "to-file" { ... }', _AUDIT)
    yield from check_settings(stanza, AUDIT, "audit", server, frozenset({"options"}))


def _plugin(stanza: Stanza, server: Server) -> Iterator[Problem]:
    if len(stanza.labels) != 2 and not {"type", "name"} <= set(stanza.settings):
        message = "a plugin block names its type and its name"
        yield Problem("plugin_labels", message, stanza.line, "refused", 'write plugin "kms" "NAME" { ... }', _PLUGINS)
        return
    yield from check_settings(stanza, PLUGIN, "plugin", server)
    kind, name = (*stanza.labels, "", "")[:2]
    if kind and kind not in _PLUGIN_TYPES:
        message = f'plugin "{name}": "{kind}" is not a supported plugin type'
        yield Problem("plugin_type", message, stanza.line, "warned", 'write plugin "kms" "NAME" { ... }', _PLUGINS)
    sha = str(stanza.settings["sha256sum"].value) if "sha256sum" in stanza.settings else ""
    if not re.fullmatch(r"[0-9a-fA-F]{64}", sha):
        message = f'plugin "{kind}-{name}": sha256sum must be exactly 64 hexadecimal characters, got {len(sha)}'
        line = stanza.line_of("sha256sum")
        yield Problem("plugin_sha256sum", message, line, "warned", "write the output of `sha256sum BINARY`", _PLUGINS)
    if ("image" in stanza.settings) == ("command" in stanza.settings):
        message = f'plugin "{kind}-{name}": exactly one of image and command must be set'
        yield Problem("plugin_source", message, stanza.line, "warned", 'write command = "BINARY"', _PLUGINS)
