"""SSL Labs, JSON of its API (v3; the older v2 lists suites without their protocol): a host or a list with one host.

SOURCE: https://github.com/ssllabs/ssllabs-scan/blob/master/ssllabs-api-docs-v3.md
"""

from __future__ import annotations

from evidence.core import json_text
from evidence.core.facts import Declared, Suite, TlsScanFacts
from evidence.core.key_log import Json, inner, text
from evidence.core.scan import PROTOCOLS, curve, distinct, epoch, line_of
from evidence.core.sniff import is_json, top_keys

KIND = TlsScanFacts.KIND
TITLE = "SSL Labs JSON"
FORM = "json"

_VERSIONS = {2: "SSLv2", 768: "SSLv3", 769: "TLSv1.0", 770: "TLSv1.1", 771: "TLSv1.2", 772: "TLSv1.3"}


def matches(head: str) -> bool:
    return is_json(head) and top_keys(head) >= {"host", "endpoints"}


def parse(text_: str, declared: Declared) -> TlsScanFacts:
    document = json_text.load(text_)
    hosts: list[Json] = [
        each for each in (document if isinstance(document, list) else [document]) if isinstance(each, dict)
    ]
    host: Json = hosts[0] if hosts else {}
    endpoints: list[Json] = [each for each in _list(host, "endpoints") if isinstance(each, dict)]
    endpoint: Json = endpoints[0] if endpoints else {}
    offered = {f"{text(each, 'name')}v{text(each, 'version')}" for each in _list(endpoint, "details", "protocols")}
    offered = {name.replace("SSLv2.0", "SSLv2").replace("SSLv3.0", "SSLv3") for name in offered}
    protocols = {name: name in offered for name in PROTOCOLS} if offered else {}
    suites = _suites(endpoint)
    port, started = inner(host, "port"), inner(host, "startTime")
    line = line_of(text_, '"protocols"')
    return TlsScanFacts(
        tool="SSL Labs",
        tool_version=text(host, "engineVersion"),
        host=text(host, "host"),
        ip=text(endpoint, "ipAddress"),
        port=port if isinstance(port, int) else None,
        started=epoch(started / 1000) if isinstance(started, int) else None,
        protocols=protocols,
        protocol_lines=dict.fromkeys(protocols, line) if line else {},
        suites=distinct(suites),
        suites_complete=frozenset(suite.protocol for suite in suites),
        curves=tuple(
            sorted({curve(str(text(each, "name"))) for each in _list(endpoint, "details", "namedGroups", "list")})
        ),
        inconclusive=_inconclusive(hosts, endpoints, endpoint, protocols),
    )


def _inconclusive(hosts: list[Json], endpoints: list[Json], endpoint: Json, protocols: dict[str, bool]) -> str:
    if len(hosts) > 1 or len(endpoints) > 1:
        return f"the file holds {max(len(hosts), len(endpoints))} targets; hand in one file for each"
    if not endpoints:
        return "the report holds no endpoint"
    message = text(endpoint, "statusMessage")
    if message != "Ready":
        return f"the endpoint was not assessed: {message or 'no status'}"
    return "" if protocols else "no protocol was tested"


def _suites(endpoint: Json) -> list[Suite]:
    """Only lists that name their protocol; the older form says what is offered, but not with which protocol."""
    found: list[Suite] = []
    for group in _list(endpoint, "details", "suites"):
        number = inner(group, "protocol")
        protocol = _VERSIONS.get(number) if isinstance(number, int) else None
        for entry in _list(group, "list") if protocol else ():
            suite = inner(entry, "id")
            if protocol and isinstance(suite, int) and 0 <= suite <= 0xFFFF:
                found.append(Suite(protocol, suite))
    return found


def _list(value: object, *path: str) -> list[object]:
    found = inner(value, *path)
    return found if isinstance(found, list) else []
