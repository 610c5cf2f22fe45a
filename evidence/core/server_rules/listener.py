"""Listener blocks: what stops the server, what it warns about. Each message was seen from `bao` 2.7.2 unless a source
says otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator

from evidence.core.facts import Problem, Setting, Stanza, UnreadableSetting
from evidence.core.server_rules.schema import LISTENER_BLOCKS, LISTENER_INNER, listener_keys
from evidence.core.server_rules.server import Server, check_settings, number_of

TLS_VERSIONS = ("tls10", "tls11", "tls12", "tls13")
# SOURCE: hashicorp/go-secure-stdlib tlsutil/tlsutil.go, cipherMap.
_RSA = "RC4_128_SHA 3DES_EDE_CBC_SHA AES_128_CBC_SHA AES_256_CBC_SHA AES_128_CBC_SHA256 AES_128_GCM_SHA256"
_RSA += " AES_256_GCM_SHA384"
_ECDHE = "RC4_128_SHA AES_128_CBC_SHA AES_256_CBC_SHA AES_128_CBC_SHA256 AES_128_GCM_SHA256 AES_256_GCM_SHA384"
_ECDHE += " CHACHA20_POLY1305 CHACHA20_POLY1305_SHA256"
SUITES = frozenset(
    [f"TLS_RSA_WITH_{name}" for name in _RSA.split()]
    + [f"TLS_ECDHE_{key}_WITH_{name}" for key in ("ECDSA", "RSA") for name in _ECDHE.split()]
    + ["TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA"]
    + ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"]
)
_DOCS = {
    "vault": "https://developer.hashicorp.com/vault/docs/configuration/listener/tcp",
    "openbao": "https://openbao.org/docs/configuration/listener/tcp/",
}
_PROXY = frozenset({"use_always", "allow_authorized", "deny_authorized", "deny_unauthorized", ""})


def listener_problems(listener: Stanza, server: Server) -> Iterator[Problem]:
    """Everything the server would say about one listener."""
    where = f'listener "{listener.label}"' if listener.label else "listener"
    kind = listener.label.lower() or (listener.text("type") or "" if "type" in listener.settings else "")
    if kind not in ("tcp", "unix"):
        what = f'unsupported listener type "{kind}"' if kind else "listener type must be specified"
        yield _refused("listener_type", what, listener.line, 'write listener "tcp" { ... }', server)
    if len(listener.labels) > 1:
        what = "a listener has one label"
        yield _refused("listener_type", what, listener.line, 'write listener "tcp" { ... }', server)
    yield from check_settings(listener, listener_keys(server.product), where, server, LISTENER_BLOCKS)
    for inner in listener.stanzas:
        if inner.kind in LISTENER_INNER:
            yield from check_settings(inner, LISTENER_INNER[inner.kind], f"{where} {inner.kind}", server)
    yield from _suites(listener, server)
    yield from _versions(listener, server)
    if kind == "tcp":
        yield from _certificate(listener, server)
    yield from _combinations(listener, server)


def _refused(code: str, message: str, line: int, remedy: str, server: Server) -> Problem:
    return Problem(code, message, line, "refused", remedy, _DOCS[server.product])


def _text(listener: Stanza, name: str) -> str:
    """The setting's text, "" when it is absent or not one value (which check_settings reports)."""
    setting = listener.settings.get(name)
    return str(setting.value) if setting and isinstance(setting.value, (str, int)) else ""


def switch(stanza: Stanza, name: str) -> bool | None:
    """The flag, None when absent or unreadable (check_settings reports that). Any number but 0 is true."""
    setting = stanza.settings.get(name)
    if setting is not None and isinstance(setting.value, int):
        return bool(setting.value)
    try:
        return stanza.flag(name)
    except UnreadableSetting:
        return None


def _suites(listener: Stanza, server: Server) -> Iterator[Problem]:
    setting = listener.settings.get("tls_cipher_suites")
    if setting is None or not isinstance(setting.value, str) or not setting.value:
        return
    names = [name.strip() for name in setting.value.split(",")]
    for name in names:
        if name not in SUITES:
            hint = "the server reads Go's names, such as TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"
            yield _refused("unknown_suite", f'unsupported cipher "{name}"', setting.line, hint, server)


def _versions(listener: Stanza, server: Server) -> Iterator[Problem]:
    rank: dict[str, int] = {}
    for name in ("tls_min_version", "tls_max_version"):
        setting = listener.settings.get(name)
        if setting is None or not isinstance(setting.value, str) or not setting.value:
            continue
        if setting.value in TLS_VERSIONS:
            rank[name] = TLS_VERSIONS.index(setting.value)
            continue
        message = f"'{name}' value \"{setting.value}\" not supported, please specify one of [{','.join(TLS_VERSIONS)}]"
        yield _refused("tls_version", message, setting.line, f'write {name} = "tls12"', server)
    low, high = rank.get("tls_min_version", 2), rank.get("tls_max_version", 3)
    if low > high:
        line = listener.line_of("tls_max_version")
        message = "'tls_max_version' must be greater than or equal to 'tls_min_version'"
        yield _refused("tls_version", message, line, f'write tls_max_version = "{TLS_VERSIONS[low]}" or higher', server)


def _certificate(listener: Stanza, server: Server) -> Iterator[Problem]:
    if switch(listener, "tls_disable"):
        return
    missing = [name for name in ("tls_cert_file", "tls_key_file") if not _text(listener, name)]
    if not missing:
        return
    if len(missing) == 2 and server.product == "openbao":
        if not any(name.startswith("tls_acme_") for name in listener.settings):
            yield Problem(
                "listener_acme_implied",
                "TLS is on and no certificate is named: OpenBao starts and asks an ACME authority for one",
                listener.line,
                "ignored",
                'name tls_cert_file and tls_key_file, or say tls_acme_domains = ["..."]',
                _DOCS["openbao"],
            )
        return
    message = f"TLS is on (tls_disable is not true) but {' and '.join(missing)} not set: the listener cannot start"
    remedy = "; ".join(f'write {name} = "/path/to/file.pem"' for name in missing)
    yield _refused("listener_certificate", message, listener.line, remedy, server)


def _combinations(listener: Stanza, server: Server) -> Iterator[Problem]:
    if switch(listener, "tls_require_and_verify_client_cert") and switch(listener, "tls_disable_client_certs"):
        message = "'tls_disable_client_certs' and 'tls_require_and_verify_client_cert' are mutually exclusive"
        line = listener.line_of("tls_disable_client_certs")
        yield _refused("client_certs", message, line, "keep one of the two", server)
    for name in ("x_forwarded_for_hop_skips", "max_request_duration"):
        setting = listener.settings.get(name)
        if setting is not None and _negative(setting):
            yield _refused("negative", f"{name} cannot be negative", setting.line, f"write {name} = 0", server)
    if switch(listener, "tls_auto_reload") and not _text(listener, "tls_cert_file") and server.product == "openbao":
        line = listener.line_of("tls_auto_reload")
        yield _refused(
            "auto_reload", "tls_auto_reload requires tls_cert_file", line, 'write tls_cert_file = "..."', server
        )
    role = _text(listener, "role")
    if role not in ("", "default", "metrics_only"):
        line = listener.line_of("role")
        yield _refused("listener_role", f'unsupported listener role "{role}"', line, "remove role", server)
    behaviour = _text(listener, "proxy_protocol_behavior")
    if behaviour not in _PROXY:
        line = listener.line_of("proxy_protocol_behavior")
        message = "unknown behavior type for proxy proto config"
        yield _refused(
            "proxy_protocol", message, line, 'write "use_always", "allow_authorized" or "deny_unauthorized"', server
        )


def _negative(setting: Setting) -> bool:
    number = number_of(setting.value)
    return (number is not None and number < 0) or (isinstance(setting.value, str) and setting.value.startswith("-"))
