"""Scans of many hosts are read as they come, and say what the plain way to read them says."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evidence.core import json_text, stream, xml_text
from evidence.core.facts import Declared, TlsScanFacts
from evidence.core.parsers import nmap_xml, sslyze_json, testssl_csv
from evidence.core.refusal import Refused
from evidence.core.stream import intake_stream
from evidence.core.testssl import Row
from evidence.core.testssl import facts as facts_of_rows
from evidence.core.upload import intake
from seal_advisor.core.record import replace

TLS = Path(__file__).resolve().parent.parent / "data/samples/tls"
HEADER = '"id","fqdn/ip","port","severity","finding","cve","cwe"\n'
IDS = (
    "SSLv2", "TLS1", "TLS1_2", "TLS1_3", "cert_notAfter", "cert_commonName <hostCert#1>", "cert_commonName", "x",
    "scanProblem", "engine_problem", "cipher-tls1_2_xc02f", "cipher-tls1_xc030", "cipherorder_TLSv1_2",
    "FS_ECDHE_curves", 'a"b', "TLS1\n2",
)  # fmt: skip
FINDINGS = (
    "offered", "not offered", "supported", "prime256v1 X25519", "ECDHE-RSA-AES128-GCM-SHA256 AES-FOO", "a,b", "",
    "ECDHE-RSA-AES128-GCM-SHA256", "vault.x", 'say "so"', "two\nlines", "not a/v", "2026-01-02 03:04",
)  # fmt: skip
ODD = ("\n", '"open\n', 'a"b,"c"\n', '"a"b,"c","d",e,f\n', "a\rb\n")


def outcome(read: Callable[[str], object], text: str) -> object:
    """What is read, or what the refusal says."""
    try:
        return read(text)
    except Refused as refused:
        return refused.reason, refused.line, refused.status


# --- testssl, CSV -----------------------------------------------------------------------------------------------------


def plainly(text: str) -> TlsScanFacts:
    """The reference: every row by the reader of CSV, all of them kept."""
    reader, rows = csv.reader(io.StringIO(text)), []
    try:
        next(reader, None)
        line = reader.line_num + 1
        for cells in reader:
            if len(cells) >= 5:
                rows.append(Row(cells[0], cells[4], cells[3], cells[1], cells[2], line))
            line = reader.line_num + 1
    except csv.Error as error:
        raise Refused(f"not valid CSV ({error})", "", reader.line_num) from None
    return facts_of_rows(rows, version=None, cut=bool(rows) and not text.endswith("\n"))


def table(seed: int) -> str:
    """Rows of one to three targets: mostly as testssl writes them, some by hand, some cut."""
    chance = random.Random(seed)

    def cell(value: str) -> str:
        if chance.random() < 0.05 and not set(value) & set('",\n'):
            return value
        return '"' + value.replace('"', '""') + '"'

    parts = [HEADER]
    few = chance.random() < 0.7  # the same is said again, and something else between
    names, findings = (chance.sample(IDS, 3), chance.sample(FINDINGS, 2)) if few else (IDS, FINDINGS)
    for _ in range(chance.randrange(1, 4)):
        target, port = chance.choice(["10.0.0.1/10.0.0.1", "h/10.0.0.2", "", '","', "x"]), chance.choice(["443", "1"])
        for _ in range(chance.randrange(14)):
            severity = chance.choice(["INFO", "FATAL", "", "WARN"]) if chance.random() < 0.2 else "OK"
            cells = [chance.choice(names), target, port, severity, chance.choice(findings)]
            cells += [""] * chance.choice([2, 2, 2, 0, 1])
            size = chance.randrange(5) if chance.random() < 0.03 else len(cells)
            parts.append(",".join(map(cell, cells[:size])) + ("\r\n" if chance.random() < 0.05 else "\n"))
            if chance.random() < 0.02:
                parts.append(chance.choice(ODD))
    text = "".join(parts)
    return text[: chance.randrange(len(text))] if chance.random() < 0.3 else text


@pytest.mark.parametrize("part", [1, 40, testssl_csv.PART])
def test_rows_by_known_statements_say_what_every_row_says(monkeypatch: pytest.MonkeyPatch, part: int) -> None:
    monkeypatch.setattr(testssl_csv, "PART", part)
    monkeypatch.setattr(testssl_csv, "KNOWN", 5 if part == 40 else testssl_csv.KNOWN)
    texts = [table(seed) for seed in range(800)]
    texts += [path.read_text(encoding="utf-8") for path in sorted(TLS.glob("*.testssl*.csv"))]
    for text in texts:
        assert outcome(lambda said: testssl_csv.parse(said, Declared()), text) == outcome(plainly, text), repr(text)


def test_a_target_whose_first_row_is_a_problem_counts_with_its_second() -> None:
    rows = '"TLS1_2","{0}","443","OK","offered","",""\n"TLS1","{0}","443","OK","not offered","",""\n'
    text = HEADER + rows.format("a") + '"engine_problem","b","443","WARN","no engine","",""\n' + rows.format("b")
    assert testssl_csv.parse(text, Declared()) == plainly(text)
    assert testssl_csv.parse(text, Declared()).inconclusive == "the file holds 2 targets; hand in one file for each"


def test_a_table_of_any_size_passes_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "WHOLE_BYTES", 2048)
    monkeypatch.setattr(stream, "BLOCK", 4096)
    head, _, body = (TLS / "strict.testssl.csv").read_text(encoding="utf-8").partition("\n")
    secret = '"service","10.0.0.3/10.0.0.3","443","INFO","token: hvs.CAESIplantedplantedplanted","",""\n'
    rows = "".join(body.replace("127.0.0.1", f"10.0.0.{n}") for n in range(9))
    data = f"{head}\n{rows}{secret}{body}".encode()
    out: list[bytes] = []
    found, whole = intake_stream("scan.csv", io.BytesIO(data), out.append), intake("scan.csv", data)
    assert found.spooled
    assert isinstance(found.facts, TlsScanFacts)
    assert found.facts.inconclusive == "the file holds 11 targets; hand in one file for each"
    assert (found.facts, found.redactions, b"".join(out)) == (whole.facts, whole.redactions, whole.content)
    assert b"planted" not in whole.content


# --- nmap, XML --------------------------------------------------------------------------------------------------------


def hosts(text: str, count: int) -> str:
    """As many hosts, the first of which is the one of the file."""
    start, stop = text.index("<host "), text.index("</host>") + len("</host>")
    more = "".join(text[start:stop].replace("127.0.0.1", f"10.0.0.{n}") for n in range(count - 1))
    return text[:stop] + more + text[stop:]


def of_many(facts: TlsScanFacts, count: int) -> TlsScanFacts:
    return replace(facts, inconclusive=f"the file holds {count} targets; hand in one file for each")


@pytest.mark.parametrize("part", [7, 1000, xml_text.PART])
@pytest.mark.parametrize("name", ["strict", "loose", "seed"])
def test_many_hosts_of_nmap_are_the_first_one_and_a_number(
    monkeypatch: pytest.MonkeyPatch, name: str, part: int
) -> None:
    monkeypatch.setattr(xml_text, "PART", part)
    text = (TLS / f"{name}.nmap.xml").read_text(encoding="utf-8")
    text = text.replace("<hostnames>", "<hostnames><!-- é <port> -->", 1)  # bytes are no characters
    one = nmap_xml.parse(text, Declared())
    assert one.inconclusive == ""
    assert one.suites
    for count in (2, 7):
        assert nmap_xml.parse(hosts(text, count), Declared()) == of_many(one, count)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("<finished ", "<unfinished ", "the scan did not finish"),
        ("ssl-enum-ciphers", "ssl-enum", "no result of the script"),
        ('<port protocol="tcp"', '<port><port/></port><port protocol="tcp"', ""),
        ("<ports>", "<ports><port><a><script id='ssl-enum-ciphers'/></a></port>", ""),
        ("<ports>", "<ports><port><script id='ssl-enum-ciphers'/></port>", "holds 2 targets"),
        ("<scaninfo", "<port><script id='ssl-enum-ciphers'/></port><scaninfo", "holds 2 targets"),
    ],
)
def test_what_counts_as_a_target_of_nmap(before: str, after: str, said: str) -> None:
    text = (TLS / "strict.nmap.xml").read_text(encoding="utf-8")
    assert before in text
    found = nmap_xml.parse(text.replace(before, after), Declared()).inconclusive
    assert said in found
    assert bool(said) == bool(found)


@pytest.mark.parametrize(
    ("before", "after", "word"),
    [
        ("</host>", "</hosts>", "not valid XML"),
        ("</nmaprun>", "", "not valid XML"),
        ("</ports>", "&foo;</ports>", "not valid XML"),
        ("<ports>", "<ports>" + "<d>" * 62 + "</d>" * 62, "deeper than 64"),
        ("<!DOCTYPE nmaprun>", '<!DOCTYPE nmaprun [<!ENTITY a "b">]>', "EntitiesForbidden"),
    ],
)
def test_hostile_xml_is_refused_although_no_tree_is_made(before: str, after: str, word: str) -> None:
    text = hosts((TLS / "strict.nmap.xml").read_text(encoding="utf-8"), 3)
    place = text.rindex(before)
    with pytest.raises(Refused, match=word):
        nmap_xml.parse(text[:place] + after + text[place + len(before) :], Declared())


# --- sslyze, JSON -----------------------------------------------------------------------------------------------------


def report(name: str, count: int, indent: int | None) -> str:
    document = json.loads((TLS / name).read_text(encoding="utf-8"))
    (server,) = document["server_scan_results"]
    more = [json.loads(json.dumps(server).replace("127.0.0.1", f"10.0.0.{n}")) for n in range(count - 1)]
    document["server_scan_results"] = [server, *more]
    return json.dumps(document, indent=indent)


@pytest.mark.parametrize("name", ["strict.sslyze.json", "loose.sslyze.json"])
def test_many_servers_of_sslyze_are_the_first_one_and_a_number(name: str) -> None:
    for indent in (None, 1):
        one = sslyze_json.parse(report(name, 1, indent), Declared())
        assert one.suites
        for count in (2, 5):
            assert sslyze_json.parse(report(name, count, indent), Declared()) == of_many(one, count)


def rest(text: str, more: str) -> str:
    return f"{text[:-1]}, {more}}}"


def last_server(text: str, more: str) -> str:
    place = text.rindex('"connectivity_status"')
    return f"{text[:place]}{more}, {text[place:]}"


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda text: text[:-1], "not valid JSON"),
        (lambda text: text[: len(text) // 2], "not valid JSON"),
        (lambda text: rest(text, '"a": ' + "[" * 24 + "]" * 24), "deeper than 24"),
        (lambda text: last_server(text, '"a": ' + "[" * 24 + "]" * 24), "deeper than 24"),
        (lambda text: last_server(text, '"a": tru'), "not valid JSON"),
        (lambda text: rest(text, '"server_scan_results": []'), "stands twice"),
        (lambda text: rest(text, '"date_scans_started": ""'), "stands twice"),
        (lambda text: rest(text, '"a": NaN'), "NaN"),
        (lambda text: text.replace('"connectivity_status"', '"port": 1, "port": 2, "x"', 1), "stands twice"),
    ],
)
def test_a_broken_report_of_many_servers_is_refused(change: Any, word: str) -> None:
    with pytest.raises(Refused, match=word):
        sslyze_json.parse(change(report("strict.sslyze.json", 3, None)), Declared())


def test_what_is_no_server_is_not_counted() -> None:
    text = report("strict.sslyze.json", 3, None)
    place = text.index("[", text.index('"server_scan_results"')) + 1
    found = sslyze_json.parse(f"{text[:place]}null, 1, {text[place:]}", Declared())
    assert found.inconclusive == "the file holds 3 targets; hand in one file for each"


# --- the depth of JSON ------------------------------------------------------------------------------------------------

LEAVES = ('"a"', "1", "null", '"[\\n"', '"\\"["', '"\\\\"', '"}]"', '"\\n"', '"n"', '"é"', '"\\"]\\""', "[]", "{}")


def nested(chance: random.Random, depth: int) -> str:
    kind = chance.random()
    if depth <= 0 or kind < 0.15:
        return chance.choice(LEAVES)
    if kind < 0.6:
        return f"[{','.join(nested(chance, depth - 1) for _ in range(chance.choice([1, 1, 1, 2])))}]"
    return f'{{"k":{nested(chance, depth - 1)}}}'


def depth_of(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth_of, value.values()), default=0)
    return 1 + max(map(depth_of, value), default=0) if isinstance(value, list) else 0


def test_depth_is_the_same_by_all_brackets_at_once_and_by_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    chance, seen = random.Random(11), set()
    for turn in range(3000):
        monkeypatch.setattr(json_text, "LARGE", turn % 2 * 10**9)
        around = chance.choice([0, 18, 20, 22, 23, 24, 25])
        text = "[" * around + nested(chance, chance.choice([2, 4, 24, 26])) + "]" * around
        deep = depth_of(json.loads(text)) > json_text.MAX_DEPTH
        seen.add(deep)
        assert bool(outcome(json_text.check_depth, text)) == deep, text
    assert seen == {True, False}


@pytest.mark.parametrize("name", ["strict.sslyze.json", "loose.testssl-flat.json"])
def test_the_depth_of_what_tools_write_is_seen_at_once(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Only texts with escaped quotes or brackets in strings are looked at token by token."""
    monkeypatch.setattr(json_text, "LARGE", 0)
    monkeypatch.setattr(json_text, "_STRING_OR_MARK", None)
    json_text.check_depth((TLS / name).read_text(encoding="utf-8"))
