"""The report's first half: title page, key boundary, why and why not, obligations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evidence.core import glyphs
from evidence.core.report import house
from evidence.core.report.model import Report, source_text
from evidence.core.report.words import STATES, VERDICTS, chip, digest, facts, figure, text, verdict_chip
from evidence.core.results import Verdict
from seal_advisor.core import diagrams
from seal_advisor.core.decision_sentence import of_document
from seal_advisor.core.diagram_words import SEALS
from seal_advisor.core.words import plural

MAX_REASONS = 4
TITLE_ON_COVER = 70  # characters of two lines; with a longer title the contents run over to the second page
MAX_CHANGES = 4
SHORT_WORD = 3
TILES_A_ROW = 7


def decision_sentence(report: Report) -> str:
    """The decision, in one sentence of plain text: the words of the page and of the terminal."""
    return of_document(
        report.decision, {one["id"]: report.option_title(one["id"]) for one in report.decision["options"]}
    )


def verdict_sentence(report: Report) -> str:
    """What the evidence shows, in one sentence of plain text."""
    counts, total = report.counts, len(report.results)
    if not report.judged:
        return "No evidence was judged: this says what was decided, not that anything is built that way."
    if not total:
        return "No control was judged."
    failed, passed = counts[Verdict.FAIL], counts[Verdict.PASS]
    unproven = counts[Verdict.NOT_PROVEN] + counts[Verdict.STALE] + counts[Verdict.CANNOT_DECIDE]
    start = f"{failed} of {plural(total, 'control')} failed" if failed else f"None of {plural(total, 'control')} failed"
    rest = f", {passed} passed"
    if unproven:
        rest += f", and {unproven} {'is' if unproven == 1 else 'are'} not proven by the evidence at hand"
    return f"{start}{rest}."


def title_page(report: Report) -> str:
    counts = report.counts
    shown = [
        (verdict, *words)
        for verdict, words in VERDICTS.items()
        if counts[verdict] or verdict in {Verdict.FAIL, Verdict.NOT_PROVEN, Verdict.WARN, Verdict.PASS}
    ]
    tiles = "".join(
        f'<li class="tile {tone}"><span class="number">{counts[verdict]}</span> '
        f'<span class="what"><span class="shape">{shape}</span> {word}</span></li>'
        for verdict, shape, word, tone in shown
    )
    rows = "" if len(shown) <= TILES_A_ROW else " many"
    status = report.decision["status"]
    tone = {"recommended": "good", "tie": "good", "none": "bad"}.get(status, "care")
    return f"""
<section class="cover{" long" if house.notice(report) or len(report.title) > TITLE_ON_COVER else ""}">
<p class="kicker">{"Seal compliance package" if report.judged else "Seal decision, before any evidence"}</p>
<h1>{_unbroken_end(text(report.title, 160))}</h1>
<p class="decision {tone}">{text(decision_sentence(report), 300)}</p>
<p class="verdict">{text(verdict_sentence(report))}</p>
{f'<ul class="tiles{rows}">{tiles}</ul>' if report.judged else ""}
{house.notice(report)}{_signed_by(report)}
<nav class="contents"><h2 class="quiet">Contents</h2><div class="halves">{_contents(report)}</div></nav>
</section>"""


def _signed_by(report: Report) -> str:
    signature = report.signature
    warning = (
        '<p class="notice care"><strong><span class="shape">▲</span> Self-issued trial certificate.</strong> '
        "The signature proves that nothing was changed since; it does not prove who signed. "
        "For an audit, sign with a certificate that your organisation anchors.</p>"
        if signature.self_issued
        else ""
    )
    if signature.shortfall:
        warning += (
            f'<p class="notice care"><strong><span class="shape">▲</span> {text(signature.level)} only.</strong> '
            f"{text(signature.shortfall)}</p>"
        )
    ruleset = report.decision["ruleset"]
    pairs = [
        ("Prepared", report.created_at.strftime("%-d %B %Y, %H:%M UTC")),
        ("Signed by", f"{text(signature.name, 120)} ({text(signature.origin)}, {text(signature.level)})"),
        ("Certificate SHA-256", digest(signature.fingerprint)),
        ("Ruleset", f"version {text(ruleset['version'], 40)}<br>{digest(str(ruleset['sha256']))}"),
        *house.facts(report),
        ("Manifest SHA-256", digest(report.manifest_sha256)),
        ("Evidence", _evidence(report)),
        ("Made with", text(report.generator, 80)),
    ]
    return f"{warning}{facts(pairs, glyphs.PLACE)}"


def _unbroken_end(title: str) -> str:
    """A last word of a letter or two takes the one before it along to the next line."""
    start, _, end = title.rpartition(" ")
    return f"{start}&nbsp;{end}" if start and len(end) <= SHORT_WORD else title


def _evidence(report: Report) -> str:
    if not report.judged:
        return "none was asked for, and no control was judged"
    return plural(len(report.records), "file") + (f", {len(report.refused)} refused" if report.refused else "")


SECTIONS = (
    ("boundary", "Where the seal key may exist"),
    ("why", "Why this decision"),
    ("why-not", "Why not the others"),
    ("losses", "If a part of the seal is lost"),
    ("obligations", "What the decision obliges to"),
    ("controls", "Controls"),
    ("findings", "Findings and what to do"),
    ("exceptions", "Waivers and attestations"),
    ("sign-offs", "The reviewers' sign-off"),
    ("answers", "The answers"),
    ("coverage", "Days covered by evidence"),
    ("evidence", "Evidence index"),
    ("frameworks", "Controls by framework"),
    ("changes", "Changes since the last package"),
    ("verify", "How to verify this package"),
    ("sources", "Sources"),
)
TITLES = dict(SECTIONS)
ABOUT_EVIDENCE = {"controls", "findings", "exceptions", "coverage", "evidence", "frameworks"}


def _contents(report: Report) -> str:
    """In two lists side by side, not in one of two columns: a column would come between a list and its items."""
    items = [f'<li><a href="#{anchor}">{title}</a></li>' for anchor, title in SECTIONS if _is_there(anchor, report)]
    half = (len(items) + 1) // 2
    return f"<ol>{''.join(items[:half])}</ol><ol>{''.join(items[half:])}</ol>"


def _is_there(anchor: str, report: Report) -> bool:
    if anchor in ABOUT_EVIDENCE and not report.judged:
        return False
    needed = {"losses": chosen(report), "coverage": report.calendar, "changes": report.compared_with}
    return needed.get(anchor, True) is not None


def heading(anchor: str) -> str:
    return f'<h2 id="{anchor}">{TITLES[anchor]}</h2>'


def chosen(report: Report) -> str | None:
    """The option that the diagrams show: the first recommended one that they know."""
    return next((option for option in report.decision["recommended"] if option in SEALS), None)


def boundary(report: Report) -> str:
    option = chosen(report)
    if option is None:
        said = "<p>No seal is recommended, so there is no boundary to draw.</p>"
        return f'<section class="chapter">{heading("boundary")}{said}</section>'
    platform, hosting = report.answers.get("platform") or "", report.answers.get("hosting") or ""
    dr = report.answers.get("dr") or "snapshots"
    first = diagrams.plain(diagrams.boundary(option, platform=platform, hosting=hosting))
    second = diagrams.plain(diagrams.cluster(option, platform=platform, hosting=hosting, dr=dr))
    sentences = "".join(
        f"<li>{text(line)}</li>" for line in diagrams.boundary_text(option, platform=platform, hosting=hosting)
    )
    return f"""
<section class="chapter boundary">{heading("boundary")}
{figure(first, "The seal key, the keys below it, and the line that the seal key never crosses.")}
<ul>{sentences}</ul>
<h3>Sites and key store: what each site needs before it can start</h3>
{figure(second)}
</section>"""


def why(report: Report) -> str:
    decision = report.decision
    picture = diagrams.plain(
        diagrams.decision(
            [(o["id"], report.option_title(o["id"]), o["state"]) for o in decision["options"]],
            {question: report.value_label(question, report.answers.get(question)) for question in decision["because"]},
            titles={question: report.question_title(question) for question in decision["because"]},
        )
    )
    because = decision["because"]
    lead = (
        "These answers together suffice for the decision; with any one of them dropped it would no longer be certain."
        if because
        else "No set of given answers decides on its own."
    )
    concerns = "".join(
        f"<h3>Concerns that remain with: {text(report.option_title(o['id']))}</h3>{_reasons(o['concerns'], report)}"
        for o in decision["options"]
        if o["id"] in decision["recommended"] and o["concerns"]
    )
    conflicts = "".join(
        "<li>" + " against ".join(text(report.question_title(q)) for q in conflict) + "</li>"
        for conflict in decision["conflicts"]
    )
    clash = f"<h3>Answers that exclude each other</h3><ul>{conflicts}</ul>" if conflicts else ""
    return f"""
<section>{heading("why")}
<p>{lead}</p>
{figure(picture, "The answers that decided, and what became of each option.")}
{concerns}{clash}{house.differences(report)}
</section>"""


def cite(report: Report, value: object) -> str:
    """The number of a source in the list at the end, as a link; nothing for a source that nobody named."""
    words = source_text(value)
    sources = report.sources
    if words not in sources:
        return ""
    number = sources.index(words) + 1
    if number > report.sources_shown:
        return f"[{number}]"
    return f'<a class="cite" href="#source-{number}">[{number}]</a>'


def _reasons(reasons: Sequence[Mapping[str, Any]], report: Report) -> str:
    """At most four, each with its rule, its source and the answers that it rests on."""
    items = []
    for reason in reasons[:MAX_REASONS]:
        answers = reason.get("answers") or {}
        quoted = "; ".join(f"{report.question_title(q)} {report.value_label(q, value)}" for q, value in answers.items())
        own = f' <span class="quote">You answered: {text(quoted, 300)}.</span>' if quoted else ""
        rule = f'<span class="source">Rule {text(reason["rule"], 40)}&nbsp;{cite(report, reason.get("source"))}</span>'
        items.append(f"<li>{text(reason['why'], 500)}{own} {rule}</li>")
    more = len(reasons) - MAX_REASONS
    rest = f"<li>{plural(more, 'further reason')} in decision.json.</li>" if more > 0 else ""
    return f'<ul class="reasons">{"".join(items)}{rest}</ul>'


def _change(change: Mapping[str, Any], report: Report) -> str:
    parts = []
    for question, values in change.items():
        words = values if isinstance(values, list) else [values]
        wanted = " or ".join(report.value_label(question, value) for value in words)
        parts.append(f"{text(report.question_title(question), 160)} <em>{text(wanted, 200)}</em>")
    return f"<li>{'; and '.join(parts)}</li>"


def why_not(report: Report) -> str:
    blocks = []
    for option in report.decision["options"]:
        if option["id"] in report.decision["recommended"]:
            continue
        changes = "".join(_change(change, report) for change in option["changes"][:MAX_CHANGES])
        admit = (
            f'<p class="tight">It would be admitted if the answers were, for one of these lines:</p><ul>{changes}</ul>'
            if changes
            else ""
        )
        reasons = option["reasons"] or option["concerns"]
        body = (
            _reasons(reasons, report)
            if reasons
            else "<p>It fits the answers, but ranks behind the recommended one.</p>"
        )
        title = f"<h3>{text(report.option_title(option['id']))} {chip(*STATES[option['state']])}</h3>"
        blocks.append(f'<div class="option">{title}{body}{admit}</div>')
    return f"<section>{heading('why-not')}{''.join(blocks) or '<p>Every option is recommended.</p>'}</section>"


def obligations(report: Report) -> str:
    verdicts = {result.control: result.verdict for result in report.results}
    items = []
    for duty in report.decision["obligations"]:
        controls = " ".join(
            f'<span class="nowrap">{text(control)} {verdict_chip(verdicts[control])}</span>'
            if control in verdicts
            else text(control)
            for control in duty.get("controls") or ()
        )
        items.append(f'<li>{text(duty["why"], 500)} <span class="source">{text(duty["id"], 60)}</span> {controls}</li>')
    warnings = "".join(
        f'<li><span class="shape">▲</span> {text(w.get("why", w) if isinstance(w, Mapping) else w, 500)}</li>'
        for w in report.decision["warnings"]
    )
    lasting = f'<h3>Warnings</h3><ul class="plain">{warnings}</ul>' if warnings else ""
    duties = "".join(items) or "<li>None beyond the controls.</li>"
    return f"<section>{heading('obligations')}<ul>{duties}</ul>{lasting}</section>"
