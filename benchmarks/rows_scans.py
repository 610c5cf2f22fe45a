"""P15-P17: scans of many hosts, read into facts / read into dictionaries by an ordinary tool.

The product takes a scan of one target and says of any other that it holds so many; reading to the end is what is
measured, as it happens to the redacted text: CSV in blocks, the others as a whole. Both sides read the file itself.
With DEFECTDOJO=path (a checkout of DefectDojo, whose parsers then read the same files) its goals are judged too.
Memory is that of whole processes.
"""

from __future__ import annotations

import csv
import json
import os
import re
import sys
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from xml.etree import ElementTree as ET

from benchmarks.peak import peak
from benchmarks.ratio import Row
from benchmarks.rows_logs import BLOCK, folder
from evidence.core.facts import Declared, TlsScanFacts
from evidence.core.lines import read_lines
from evidence.core.parsers import nmap_xml, sslyze_json, testssl_csv

SAMPLES = Path(__file__).parent.parent / "tests/data/samples/tls"
HOSTS, SSLYZE_HOSTS = 10_000, 500
HERE = "benchmarks.rows_scans"
DOJO = os.environ.get("DEFECTDOJO", "")
Read = Callable[[Path], object]


def address(number: int) -> str:
    return f"10.{number // 65536}.{number // 256 % 256}.{number % 256}"


@cache
def testssl(hosts: int) -> Path:
    head, _, body = (SAMPLES / "strict.testssl.csv").read_text(encoding="utf-8").partition("\n")
    return _written(f"{hosts}.csv", f"{head}\n", (body.replace("127.0.0.1", address(n)) for n in range(hosts)), "")


@cache
def nmap(hosts: int) -> Path:
    text = (SAMPLES / "strict.nmap.xml").read_text(encoding="utf-8")
    start, stop = text.index("<host "), text.index("</host>") + len("</host>")
    each = (text[start:stop].replace("127.0.0.1", address(n)) for n in range(hosts))
    return _written(f"{hosts}.xml", text[:start], each, text[stop:])


@cache
def sslyze(hosts: int) -> Path:
    document = json.loads((SAMPLES / "strict.sslyze.json").read_text(encoding="utf-8"))
    (server,) = document.pop("server_scan_results")
    one = json.dumps(server)
    head = json.dumps(document)[:-1] + ', "server_scan_results": ['
    each = ((", " if n else "") + one.replace("127.0.0.1", address(n)) for n in range(hosts))
    return _written(f"{hosts}.json", head, each, "]}")


def _written(name: str, head: str, each: object, tail: str) -> Path:
    path = Path(folder().name) / f"scan-{name}"
    with path.open("w", encoding="utf-8") as file:
        file.write(head)
        file.writelines(each)  # type: ignore[arg-type]
        file.write(tail)
    return path


def our_testssl(path: Path) -> int:
    lines, number, offset = testssl_csv.Lines(), 1, 0
    with path.open("rb") as file:
        rest = b""
        while block := file.read(BLOCK):
            cut = block.rfind(b"\n") + 1
            whole, rest = rest + block[:cut], block[cut:]
            number, offset = read_lines(lines, whole.decode(), number, offset)
    read_lines(lines, rest.decode(), number, offset)
    return targets(lines.facts())


def our_nmap(path: Path) -> int:
    return targets(nmap_xml.parse(path.read_bytes().decode(), Declared()))


def our_sslyze(path: Path) -> int:
    return targets(sslyze_json.parse(path.read_bytes().decode(), Declared()))


def targets(facts: TlsScanFacts) -> int:
    found = re.search(r"holds (\d+) targets", facts.inconclusive)
    return int(found.group(1)) if found else 1


def plain_testssl(path: Path) -> int:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return len({(row["fqdn/ip"], row["port"]) for row in rows})


def plain_nmap(path: Path) -> int:
    hosts = list(map(_dictionary, ET.parse(path).getroot()))
    return sum(1 for host in hosts if host["tag"] == "host")


def _dictionary(element: ET.Element) -> dict[str, object]:
    return {"tag": element.tag, "text": element.text, **element.attrib, "below": list(map(_dictionary, element))}


def plain_sslyze(path: Path) -> int:
    with path.open(encoding="utf-8") as file:
        return len(json.load(file)["server_scan_results"])


def same(ours: object, theirs: object) -> None:
    assert ours == theirs, (ours, theirs)


def row(goal: str, what: str, file: Callable[[], Path], ours: Read, theirs: Read, tool: str) -> list[Row]:
    return [
        Row(goal, f"{what}: time / {tool}", lambda: ours(file()), lambda: theirs(file()), 1 / 2, same,
            baseline_name=tool),
        Row(f"{goal}.memory", f"{what}: memory / {tool}", lambda: peak(HERE, ours.__name__, file()),
            lambda: peak(HERE, theirs.__name__, file()), 1 / 5, baseline_name=tool, amounts=True),
    ]  # fmt: skip


def rows() -> list[Row]:
    found = [
        *row("P15", f"testssl CSV, {HOSTS} hosts", lambda: testssl(HOSTS), our_testssl, plain_testssl,
             "csv.DictReader"),
        *row("P16", f"nmap XML, {HOSTS} hosts", lambda: nmap(HOSTS), our_nmap, plain_nmap, "ElementTree"),
        Row("P16.growth", f"nmap XML, {HOSTS} hosts / a hundredth of them a hundred times",
            lambda: our_nmap(nmap(HOSTS)), lambda: [our_nmap(nmap(HOSTS // 100)) for _ in range(100)], 1.1,
            baseline_name="a hundredth of the hosts"),
        *row("P17", f"sslyze JSON, {SSLYZE_HOSTS} hosts", lambda: sslyze(SSLYZE_HOSTS), our_sslyze, plain_sslyze,
             "json.load"),
    ]  # fmt: skip
    return found + (with_defectdojo() if DOJO else [])


def with_defectdojo() -> list[Row]:
    """Its parsers take a file and the model of a test, of which they need no more than that it is there."""
    sys.path.insert(0, DOJO)

    def findings(module: str, name: str) -> Read:
        parser = getattr(import_module(f"dojo.tools.{module}.parser"), name)

        def read(path: Path) -> object:
            with path.open(encoding="utf-8") as file:
                return parser().get_findings(file, None)

        return read

    return [
        Row("P15.dojo", f"testssl CSV, {HOSTS} hosts / DefectDojo", lambda: our_testssl(testssl(HOSTS)),
            lambda: findings("testssl", "TestsslParser")(testssl(HOSTS)), 1 / 6, baseline_name="DefectDojo"),
        Row("P16.dojo", f"nmap XML, {HOSTS} hosts / DefectDojo", lambda: our_nmap(nmap(HOSTS)),
            lambda: findings("nmap", "NmapParser")(nmap(HOSTS)), 1 / 8, baseline_name="DefectDojo"),
        Row("P17.dojo", f"sslyze JSON, {SSLYZE_HOSTS} hosts / DefectDojo", lambda: our_sslyze(sslyze(SSLYZE_HOSTS)),
            lambda: findings("sslyze", "SslyzeParser")(sslyze(SSLYZE_HOSTS)), 1 / 6, baseline_name="DefectDojo"),
    ]  # fmt: skip
