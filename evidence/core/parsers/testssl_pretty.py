"""testssl.sh, pretty JSON (`--jsonfile-pretty`): the flat file's rows in sections, with version and start."""

from __future__ import annotations

from collections.abc import Iterator

from evidence.core import json_text
from evidence.core.facts import Declared, TlsScanFacts
from evidence.core.refusal import Refused
from evidence.core.scan import epoch, id_lines
from evidence.core.sniff import is_json, top_keys
from evidence.core.testssl import Row, facts
from seal_advisor.core.record import replace

KIND = TlsScanFacts.KIND
TITLE = "testssl.sh, pretty JSON"
FORM = "json"


def matches(head: str) -> bool:
    return is_json(head) and top_keys(head) >= {"Invocation", "scanResult"}


def parse(text: str, declared: Declared) -> TlsScanFacts:
    document, cut = _document(text)
    results = document.get("scanResult")
    rows = list(_rows([each for each in results if isinstance(each, dict)], text)) if isinstance(results, list) else []
    version = str(document.get("version", "")).split()
    found = facts(rows, version=version[0] if version else None, cut=cut)
    return replace(found, started=epoch(document.get("startTime")))


def _document(text: str) -> tuple[dict[str, object], bool]:
    """(the object, whether it breaks off); of a file that breaks off only the head is worth anything."""
    try:
        document = json_text.load(text)
    except Refused:
        if text.rstrip().endswith("}"):
            raise
        return {}, True
    return (document, False) if isinstance(document, dict) else ({}, False)


def _rows(results: list[dict[str, object]], text: str) -> Iterator[Row]:
    lines = id_lines(text)
    for result in results:
        target = f"{result.get('targetHost', '')}/{result.get('ip', '')}"
        port = str(result.get("port", ""))
        if "id" in result:
            yield _row(result, "", "", lines)
        for section in result.values():
            for entry in section if isinstance(section, list) else ():
                if isinstance(entry, dict):
                    yield _row(entry, target, port, lines)


def _row(entry: dict[str, object], target: str, port: str, lines: Iterator[tuple[str, int]]) -> Row:
    name = str(entry.get("id", ""))
    line = next((number for written, number in lines if written == name), None)
    return Row(name, str(entry.get("finding", "")), str(entry.get("severity", "")), target, port, line)
