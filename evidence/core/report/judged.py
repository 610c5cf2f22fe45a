"""The report's second half: controls, findings, exceptions, answers, evidence index, how to verify.

Every list has a cap, so that the report stays within 40 pages whatever the evidence; what is left out is in the package's
tables, and the report says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evidence.core.report.decided import heading
from evidence.core.report.model import Report
from evidence.core.report.words import KINDS, code, digest, plural, size, table, text, verdict_chip
from evidence.core.results import Finding, Result

MAX_CONTROLS = 120
MAX_FINDINGS = 50
MAX_EVIDENCE = 60
MAX_EXCEPTIONS = 30
MAX_REMEDY_LINES = 12


def controls(report: Report) -> str:
    numbers = report.evidence_numbers
    rows = []
    for result in report.ordered[:MAX_CONTROLS]:
        seen = sorted({numbers[sha] for sha in result.artefacts if sha in numbers}, key=lambda name: int(name[1:]))
        shown = ", ".join(seen[:6]) + (f" and {len(seen) - 6} more" if len(seen) > 6 else "")
        missing = (
            f'<br><span class="source">Missing: {text(", ".join(_kind(k) for k in result.missing), 200)}</span>'
            if result.missing
            else ""
        )
        rows.append(
            (
                f'<span class="nowrap">{text(result.control, 40)}</span>',
                verdict_chip(result.verdict),
                f"<strong>{text(result.title, 160)}</strong><br>{text(result.reason, 400)}{missing}",
                text(shown) or "–",
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
<p>Only <em>Pass</em> is proof. A control without its evidence is <em>Not proven</em>, never passed. E numbers refer to the evidence index.</p>
{table(heads, rows, name="controls")}
{_more(len(report.results) - MAX_CONTROLS, "control", "facts/results.csv")}
</section>"""


def _kind(kind: str) -> str:
    return KINDS.get(kind, kind.replace("_", " "))


def _more(count: int, one: str, where: str) -> str:
    return f'<p class="more">{plural(count, "further " + one)} in {where} of this package.</p>' if count > 0 else ""


def findings(report: Report) -> str:
    pairs = report.findings
    cards = "".join(_card(number, result, finding) for number, (result, finding) in enumerate(pairs[:MAX_FINDINGS], 1))
    return f"""
<section class="chapter">{heading("findings")}
{cards or "<p>There is nothing to act on.</p>"}
{_more(len(pairs) - MAX_FINDINGS, "finding", "facts/findings.csv")}
</section>"""


def _card(number: int, result: Result, finding: Finding) -> str:
    place = finding.path + (f":{finding.line}" if finding.path and finding.line else "")
    where = code(place, 160) if place else "no file: something is missing"
    remedy = ""
    if finding.remedy:
        lines = finding.remedy.strip("\n").split("\n")
        kept = "\n".join(line[:300] for line in lines[:MAX_REMEDY_LINES]) + (
            "\n…" if len(lines) > MAX_REMEDY_LINES else ""
        )
        remedy = f"<dt>Do</dt><dd><pre>{text(kept, 1500)}</pre></dd>"
    return f"""
<article class="finding"><h3>{number}. {text(finding.message, 400)}</h3>
<dl><dt>Control</dt><dd>{text(result.control, 40)}, {text(result.title, 160)} {verdict_chip(finding.severity)}</dd>
<dt>Where</dt><dd>{where}</dd>
<dt>Source</dt><dd>{text(finding.source or "our own rule, see the control", 300)}</dd>{remedy}</dl></article>"""


def exceptions(report: Report) -> str:
    return f"""
<section>{heading("exceptions")}
<p>Both are weaker than proof. A waiver accepts a failure until a day; an attestation is a person's word.</p>
<h3>Waivers</h3>
{_exceptions(report.waivers, (("control", "Control"), ("reason", "Reason"), ("owner", "Owner"), ("approved_by", "Approved by"), ("expires", "Until")))}
<h3>Attestations</h3>
{_exceptions(report.attestations, (("control", "Control"), ("statement", "Statement"), ("by", "By"), ("on", "On"), ("expires", "Until")))}
</section>"""


def _exceptions(entries: Sequence[Mapping[str, Any]], columns: tuple[tuple[str, str], ...]) -> str:
    if not entries:
        return "<p>None.</p>"
    rows = [tuple(text(entry.get(key, "–"), 300) for key, _ in columns) for entry in entries[:MAX_EXCEPTIONS]]
    heads = tuple(("w-rest" if index == 1 else "w-id", title) for index, (_, title) in enumerate(columns))
    return table(heads, rows) + _more(len(entries) - MAX_EXCEPTIONS, "entry", "decision.json")


def answers(report: Report) -> str:
    decided = set(report.decision["because"])
    rows = [
        (
            text(report.question_title(question), 120),
            code(question, 60),
            text(_value(value), 160),
            "decisive" if question in decided else "",
        )
        for question, value in report.answers.items()
    ]
    heads = (("w-rest", "Question"), ("w-name", "Id"), ("w-name", "Answer"), ("w-id", ""))
    heads = (*heads[:3], ("w-id", "Weight"))
    return f"<section>{heading('answers')}{table(heads, rows)}</section>"


def _value(value: object) -> str:
    return "I do not know" if value is None else str(value).replace("_", " ")


def evidence(report: Report) -> str:
    rows = []
    for number, record in enumerate(report.records[:MAX_EVIDENCE], 1):
        original = record["original"]
        period = _period(record)
        removed = len(record["redactions"])
        rows.append(
            (
                f"E{number}",
                f"<strong>{text(original['name'], 100)}</strong><br>{text(_kind(record['kind']))}, {size(original['size'])}"
                + (f", node {text(record['node'], 60)}" if record["node"] else "")
                + (f"<br>{period}" if period else "")
                + f"<br>Received {text(record['received_at'] or '–')} from {text(record['uploader'] or '–', 80)}",
                f'{digest(original["sha256"])}<br><span class="source">in this package, {plural(removed, "secret")} removed:</span><br>'
                f"{digest(record['sha256'])}",
            )
        )
    for record in report.refused[: max(0, MAX_EVIDENCE - len(rows))]:
        rows.append(
            (
                "–",
                f"<strong>{text(record['name'], 100)}</strong><br>Refused: {text(record['error'], 200)}",
                digest(str(record["sha256"])),
            )
        )
    heads = (("w-number", "No."), ("w-rest", "File"), ("w-hash", "SHA-256 as handed in; as kept"))
    return f"""
<section class="chapter">{heading("evidence")}
<p>Secrets were removed before anything was kept. The first digest is that of the file as it was handed in, the second that of the copy in
this package. Row-level facts are in the folder facts.</p>
{table(heads, rows, name="evidence") if rows else "<p>No evidence was handed in.</p>"}
{_more(len(report.records) + len(report.refused) - MAX_EVIDENCE, "file", "manifest.json")}
</section>"""


def _period(record: Mapping[str, Any]) -> str:
    if not record["observed_from"] and not record["observed_to"]:
        return ""
    return f"Speaks of {text(record['observed_from'] or '–')} to {text(record['observed_to'] or '–')}"


def verify(report: Report) -> str:
    trial = (
        " This signer is a self-issued trial certificate: compare its fingerprint with the one that you were given by other means."
        if report.signature.self_issued
        else ""
    )
    return f"""
<section class="chapter">{heading("verify")}
<p>The manifest lists every file with its SHA-256 and travels inside this PDF, so that one signature covers all. Nothing is fetched from a network.</p>
<ol>
<li>With Seal Advisor: <pre>seal-advisor verify package.zip --trust CA.pem --fingerprint SHA256</pre>
Take the anchor and the fingerprint from the signer, not from the package.{trial}</li>
<li>Without it, in the unpacked folder:
<pre>sha256sum --check --strict --quiet SHA256SUMS
pdfsig report.pdf
openssl x509 -in certs/signer.pem -noout -fingerprint -sha256
openssl dgst -sha256 -verify &lt;(openssl x509 -in certs/signer.pem -noout -pubkey) \\
  -signature ledger/tree-head.sig ledger/tree-head.json</pre>
pdfsig must say <em>Signature is Valid</em> and <em>Total document signed</em>; a document with fewer or more than one signature, or with
anything after it, is not this one. VERIFY.md says what each tool can and cannot show.</li>
<li>The digests on the first page and these must agree:
<dl class="facts"><div><dt>Manifest SHA-256</dt><dd>{digest(report.manifest_sha256)}</dd></div>
<div><dt>Ledger root</dt><dd>{digest(report.ledger_root)} over {plural(report.ledger_size, "entry", "entries")}</dd></div></dl></li>
</ol>
</section>"""
