"""The report's second half: controls, findings, exceptions, answers, evidence index, how to verify.

Every list has a cap, so that the report stays within 40 pages whatever the evidence; what is left out is in the
package's tables, and the report says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evidence.core.report.decided import cite, heading
from evidence.core.report.model import Report
from evidence.core.report.room import CELL, HALF, MONO, WHO, lines
from evidence.core.report.words import (
    KINDS,
    code,
    day_and_time,
    digest,
    facts,
    linked,
    numbers,
    size,
    table,
    text,
    verdict_chip,
)
from evidence.core.results import Finding, Result, Verdict
from seal_advisor.core.words import plural

WAIVER_COLUMNS = (
    ("control", "Control"),
    ("reason", "Reason"),
    ("owner", "Owner"),
    ("approved_by", "Approved by"),
    ("expires", "Until"),
)
ATTESTATION_COLUMNS = (
    ("control", "Control"),
    ("statement", "Statement"),
    ("by", "By"),
    ("on", "On"),
    ("expires", "Until"),
)
EXCLUSION_COLUMNS = (("control", "Control"), ("reason", "Why it does not apply"), ("by", "By"), ("on", "Since"))
ERASED_COLUMNS = (
    ("name", "Erased file"),
    ("reason", "Why"),
    ("erased_by", "By"),
    ("erased_at", "When"),
    ("sha256", "SHA-256"),
)
WIDTHS = {"sha256": "w-digest", "owner": "w-who", "approved_by": "w-who", "by": "w-who", "erased_by": "w-who"}
Entries = Sequence[Mapping[str, Any]]
Columns = tuple[tuple[str, str], ...]
NAME_TEXT = 80  # of who stated something
MAX_PLACES = 12
MAX_REMEDY_LINES = 12
MISSING_TEXT = 500  # no sentence of ours is longer; the bound is for what an artefact brings along


def controls(report: Report) -> str:
    known = report.evidence_numbers
    count = report.room.fitting("controls", (_control_lines(result) for result in report.ordered))
    rows = []
    for result in report.ordered[:count]:
        seen = [known[sha] for sha in result.artefacts if sha in known]
        rows.append(
            (
                f'<span class="nowrap">{text(result.control, 40)}</span>',
                verdict_chip(result.verdict),
                f"<strong>{text(result.title, 160)}</strong><br>{_sentence(result.reason, MISSING_TEXT)}",
                numbers(seen) or "–",
            )
        )
    heads = (
        ("w-id", "Control"),
        ("w-verdict", "Verdict"),
        ("w-rest", "What it demands and what was found"),
        ("w-refs", "Evidence"),
    )
    return f"""
<section class="chapter">{heading("controls")}
<p>Only <em>Pass</em> is proof. A control without its evidence is <em>Not proven</em>, never passed.
E numbers refer to the evidence index.</p>
{table(heads, rows, name="controls")}
{_more(len(report.results) - count, "control", "facts/results.csv")}
</section>"""


def _control_lines(result: Result) -> int:
    return lines(result.title[:160], CELL) + lines(result.reason[:MISSING_TEXT], CELL) + 1


def _kind(kind: str) -> str:
    return KINDS.get(kind, kind.replace("_", " "))


def _more(count: int, one: str, where: str, many: str = "") -> str:
    if count <= 0:
        return ""
    words = plural(count, f"further {one}", f"further {many}" if many else "")
    return f'<p class="more">{words} in {where} of this package.</p>'


def findings(report: Report) -> str:
    """Cards for what is wrong; findings of one control with one remedy share a card."""
    groups: dict[tuple[str, str, str, str], list[tuple[Result, Finding]]] = {}
    for result, finding in report.findings:
        if not _is_missing(finding):
            key = (result.control, finding.severity.value, finding.remedy, finding.source)
            groups.setdefault(key, []).append((result, finding))
    every = list(groups.values())
    shown = every[: report.room.fitting("findings", (_card_lines(group) for group in every))]
    cards = "".join(_card(number, group, report) for number, group in enumerate(shown, 1))
    left = sum(len(group) for group in groups.values()) - sum(len(group) for group in shown)
    return f"""
<section class="chapter">{heading("findings")}
{cards or "<p>There is nothing to repair.</p>"}
{_more(left, "finding", "facts/findings.csv")}
{_missing(report)}
</section>"""


def _is_missing(finding: Finding) -> bool:
    """Nothing is wrong, but something is not there."""
    return not finding.path and finding.severity is Verdict.NOT_PROVEN


def _card(number: int, group: list[tuple[Result, Finding]], report: Report) -> str:
    result, first = group[0]
    places = "".join(
        f"<li>{_place(finding)} {_sentence(finding.message, 300)}</li>" for _, finding in group[:MAX_PLACES]
    )
    left = len(group) - MAX_PLACES
    more = f"<li>{left} more in facts/findings.csv</li>" if left > 0 else ""
    where = _place(first) if len(group) == 1 else f'<ul class="plain">{places}{more}</ul>'
    title = _sentence(first.message, 400) if len(group) == 1 else f"{text(result.title, 160)}: {len(group)} places"
    return f"""
<article class="finding"><h3>{number}. {title}</h3>
<dl><dt>Control</dt><dd>{text(result.control, 40)} {verdict_chip(first.severity)} {text(result.title, 160)}
{cite(report, first.source)}</dd>
<dt>Where</dt><dd>{where}</dd>{_remedy(first.remedy)}</dl></article>"""


def _card_lines(group: list[tuple[Result, Finding]]) -> int:
    result, first = group[0]
    many = sum(lines((f.path + f.message)[:460], MONO) for _, f in group[: MAX_PLACES + 1]) if len(group) > 1 else 0
    remedy = lines("\n".join(_kept(first.remedy)), MONO) + 2 if first.remedy else 0
    return (
        lines(first.message[:400], MONO)
        + lines(result.title[:160], MONO)
        + lines(first.path[:160], MONO)
        + many
        + remedy
        + 4
    )


def _kept(remedy: str) -> list[str]:
    """The lines of a remedy that are shown, 1500 characters in all."""
    all_lines = remedy.strip("\n")[:1500].split("\n")
    return [line[:300] for line in all_lines[:MAX_REMEDY_LINES]] + (["…"] if len(all_lines) > MAX_REMEDY_LINES else [])


def _place(finding: Finding) -> str:
    if not finding.path:
        return "No file is at fault."
    return code(finding.path + (f":{finding.line}" if finding.line else ""), 160)


def _remedy(remedy: str) -> str:
    if not remedy:
        return ""
    return f"<dt>Do</dt><dd><pre>{text(chr(10).join(_kept(remedy)), 1600)}</pre></dd>"


def _sentence(message: str, limit: int) -> str:
    """A message as a sentence; a first word that is a setting's name keeps its case."""
    first = message.split(" ", 1)[0].rstrip(",:;")
    return text(message[:1].upper() + message[1:] if first.isalpha() else message, limit)


def _missing(report: Report) -> str:
    """Who hands in what, once for all controls that wait for it."""
    wanted: dict[tuple[str, str], list[str]] = {}
    for result, finding in report.findings:
        if _is_missing(finding):
            controls = wanted.setdefault((finding.message, finding.remedy), [])
            if result.control not in controls:
                controls.append(result.control)
    if not wanted:
        return ""
    entries = list(wanted.items())
    costs = (
        max(*(lines(words[:MISSING_TEXT], HALF) for words in key), min(len(controls), 8)) + 1
        for key, controls in entries
    )
    count = report.room.fitting("missing", costs)
    rows = [
        (
            "<br>".join(f'<span class="nowrap">{text(control, 40)}</span>' for control in controls[:8]),
            _sentence(message.removeprefix("missing: "), MISSING_TEXT),
            _sentence(remedy, MISSING_TEXT),
        )
        for (message, remedy), controls in entries[:count]
    ]
    heads = (("w-id", "Control"), ("w-rest", "What is missing"), ("w-rest", "Who, and how"))
    return f"""<h3>Missing evidence</h3>
<p>Nothing below is known to be wrong; it is not proven until somebody hands it in.</p>
{table(heads, rows)}{_more(len(entries) - count, "entry", "facts/findings.csv", "entries")}"""


def exceptions(report: Report) -> str:
    return f"""
<section>{heading("exceptions")}
<p>Both are weaker than proof. A waiver accepts a failure until a day; an attestation is a person's word.</p>
<h3>Waivers</h3>
{_exceptions(report, "waivers", report.waivers, WAIVER_COLUMNS)}
<h3>Attestations</h3>
{_exceptions(report, "attestations", report.attestations, ATTESTATION_COLUMNS)}
{_stated(report, "exclusions", "Does not apply", report.exclusions, EXCLUSION_COLUMNS)}
{_stated(report, "erased", "Erased evidence", report.erased, ERASED_COLUMNS)}
</section>"""


def _stated(report: Report, name: str, title: str, entries: Entries, columns: Columns) -> str:
    """A table that most packages do not need."""
    return f"<h3>{title}</h3>\n{_exceptions(report, name, entries, columns)}" if entries else ""


def _exceptions(report: Report, name: str, entries: Entries, columns: Columns) -> str:
    """name: of the list's room."""
    if not entries:
        return "<p>None.</p>"
    costs = (max(_stated_lines(key, entry.get(key, "")) for key, _ in columns) + 1 for entry in entries)
    count = report.room.fitting(name, costs)
    rows = [tuple(_stated_value(key, entry.get(key, "–")) for key, _ in columns) for entry in entries[:count]]
    heads = tuple(
        (WIDTHS.get(key, "w-rest" if index == 1 else "w-id"), title) for index, (key, title) in enumerate(columns)
    )
    return table(heads, rows) + _more(len(entries) - count, "entry", "exceptions.json", "entries")


def _stated_value(key: str, value: object) -> str:
    return digest(str(value)) if key == "sha256" else text(value, NAME_TEXT if key in WIDTHS else 300)


def _stated_lines(key: str, value: object) -> int:
    return lines(str(value)[:NAME_TEXT], WHO) if key in WIDTHS else lines(str(value)[:300], HALF)


def answers(report: Report) -> str:
    decided = set(report.decision["because"])
    rows = [
        (
            f"{text(report.question_title(question), 160)} {code(question, 60)}",
            text(report.value_label(question, value), 160)
            + (" <strong>(decisive)</strong>" if question in decided else ""),
        )
        for question, value in report.answers.items()
    ]
    return f"<section>{heading('answers')}{table((('w-rest', 'Question'), ('w-hash', 'Answer')), rows)}</section>"


def evidence(report: Report) -> str:
    rows = []
    every = [*report.records, *report.refused]
    count = report.room.fitting(
        "evidence", (7 + lines(str(one["path" if "path" in one else "name"])[:160], HALF) for one in every)
    )
    for number, record in enumerate(report.records[:count], 1):
        original = record["original"]
        period = _period(record)
        rows.append(
            (
                f"E{number}",
                f"<strong>{text(original['name'], 100)}</strong><br>"
                f"{text(_kind(record['kind']))}, {size(original['size'])}"
                + (f", node {text(record['node'], 60)}" if record["node"] else "")
                + (f"<br>{period}" if period else "")
                + f"<br>Received {day_and_time(record['received_at'] or '–')} "
                + f"from {text(record['uploader'] or '–', 80)}",
                f"{digest(original['sha256'])}<br>" + _kept_digest(record),
            )
        )
    for record in report.refused[: count - len(rows)]:
        rows.append(
            (
                "–",
                f"<strong>{text(record['name'], 100)}</strong><br>Refused: {text(record['error'], 200)}",
                digest(str(record["sha256"])),
            )
        )
    heads = (("w-number", "No."), ("w-rest", "File"), ("w-hash", "SHA-256 as handed in; as kept"))
    return f"""
<section>{heading("evidence")}
<p>Secrets were removed before anything was kept. The first digest is that of the file as it was handed in, the
second that of the copy in this package. Row-level facts are in the folder facts.</p>
{table(heads, rows, name="evidence") if rows else "<p>No evidence was handed in.</p>"}
{_more(len(every) - count, "file", "manifest.json")}
</section>"""


def _kept_digest(record: Mapping[str, Any]) -> str:
    if record["sha256"] == record["original"]["sha256"]:
        return '<span class="source">the same in this package: nothing was removed</span>'
    removed = plural(len(record["redactions"]), "secret")
    return f'<span class="source">in this package, {removed} removed:</span><br>{digest(record["sha256"])}'


def _period(record: Mapping[str, Any]) -> str:
    if not record["observed_from"] and not record["observed_to"]:
        return ""
    begin, end = (day_and_time(record[key] or "–") for key in ("observed_from", "observed_to"))
    return f"Speaks of {begin}" if begin == end else f"Speaks of {begin} to {end}"


def verify(report: Report) -> str:
    root = f"{digest(report.ledger_root)} over {plural(report.ledger_size, 'entry', 'entries')}"
    trial = (
        " This signer is a self-issued trial certificate: compare its fingerprint with the signer's own word."
        if report.signature.self_issued
        else ""
    )
    return f"""
<section class="chapter">{heading("verify")}
<p>The manifest lists every file with its SHA-256 and travels inside this PDF, so that one signature covers all.
Nothing is fetched from a network.</p>
<ol>
<li>With Seal Advisor: <pre>seal-advisor verify package.zip --trust CA.pem --fingerprint SHA256</pre>
Take the anchor and the fingerprint from the signer, not from the package.{trial}</li>
<li>Without it, in the unpacked folder:
<pre>sha256sum --check --strict --quiet SHA256SUMS
pdfsig report.pdf
openssl x509 -in certs/signer.pem -noout -fingerprint -sha256
openssl dgst -sha256 \\
  -verify &lt;(openssl x509 -in certs/signer.pem -noout -pubkey) \\
  -signature ledger/tree-head.sig ledger/tree-head.json</pre>
pdfsig must say <em>Signature is Valid</em> of the first signature and <em>Total document signed</em> of the last;
what stands between them is archive time-stamps only. VERIFY.md says what each tool can and cannot show.</li>
<li>The digests on the first page and these must agree.</li>
</ol>
{facts((("Manifest SHA-256", digest(report.manifest_sha256)), ("Ledger root", root)))}
</section>"""


def sources(report: Report) -> str:
    every, count = report.sources, report.sources_shown
    items = "".join(
        f'<li id="source-{number}">{linked(words, 300)}</li>' for number, words in enumerate(every[:count], 1)
    )
    left = _more(len(every) - count, "source", "decision.json and facts/findings.csv")
    return f'<section>{heading("sources")}<ol class="sources">{items}</ol>{left}</section>'
