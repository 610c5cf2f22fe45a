"""Host and port of the addresses that configurations and scans name."""

from __future__ import annotations

from evidence.core.facts import ConfigFacts, Stanza, TlsScanFacts, UnreadableSetting

VAULT_PORT = 8200
ANYWHERE = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - compared with, never bound to


def host_port(address: str, default_port: int = VAULT_PORT) -> tuple[str, int]:
    """Host in lower case and port of "https://host:port/path", "host:port", "[::1]:8200" or "host".

    >>> host_port("https://Vault-1.example.com:8200/"), host_port("[::1]:8201"), host_port("vault")
    (('vault-1.example.com', 8200), ('::1', 8201), ('vault', 8200))
    """
    rest = address.rsplit("://", 1)[-1].split("/", 1)[0]
    if rest.startswith("["):
        host, _, port = rest[1:].partition("]")
        port = port.removeprefix(":")
    elif rest.count(":") == 1:
        host, _, port = rest.partition(":")
    else:
        host, port = rest, ""
    return host.lower(), int(port) if port.isdigit() else default_port


def text_of(stanza: Stanza, name: str) -> str:
    """The setting's text; "" when it is absent or unreadable (which the control that owns it reports)."""
    try:
        return stanza.text(name) or ""
    except UnreadableSetting:
        return ""


def listeners_of(config: ConfigFacts) -> tuple[tuple[Stanza, str, int], ...]:
    """The TCP listeners with host and port; 127.0.0.1:8200 is the server's default."""
    return tuple(
        (listener, *host_port(text_of(listener, "address") or "127.0.0.1:8200"))
        for listener in config.blocks("listener")
        if listener.label != "unix"
    )


def listener_scanned(config: ConfigFacts, scan: TlsScanFacts) -> Stanza | None:
    """The listener of this configuration that a scan looked at; None when the scan was of something else.

    The same port is needed, and a host that fits: the listener's own address, the host of `api_addr`, or any host when
    the listener binds to all addresses and `api_addr` is not given.
    """
    names = {(scan.host or "").lower(), (scan.ip or "").lower()} - {""}
    api = text_of(config.root, "api_addr")
    api_host, api_port = host_port(api) if api else ("", 0)
    for listener, host, port in listeners_of(config):
        if scan.port is not None and scan.port not in {port, api_port}:
            continue
        if names & {host, api_host} or (host in ANYWHERE and not api):
            return listener
    return None
