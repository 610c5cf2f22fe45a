"""The report's fixed words: verdicts by shape and word, kinds of evidence, and how values become safe HTML."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape

from evidence.core import glyphs
from evidence.core.results import Verdict

# verdict -> (shape, word, tone); red first is the order of every list in the report.
VERDICTS: Mapping[Verdict, tuple[str, str, str]] = {
    Verdict.FAIL: ("✕", "Fail", "bad"),
    Verdict.CANNOT_DECIDE: ("?", "Cannot decide", "care"),
    Verdict.NOT_PROVEN: ("○", "Not proven", "care"),
    Verdict.STALE: ("◷", "Stale", "care"),
    Verdict.WARN: ("▲", "Warning", "care"),
    Verdict.WAIVED: ("◇", "Waived", "calm"),
    Verdict.ATTESTED: ("✎", "Attested", "calm"),
    Verdict.PASS: ("✓", "Pass", "good"),
    Verdict.NOT_APPLICABLE: ("–", "Not applicable", "calm"),
}
RANK = {verdict: rank for rank, verdict in enumerate(VERDICTS)}
STATES = {
    "recommended": ("✓", "Recommended", "good"),
    "possible": ("○", "Possible", "calm"),
    "open": ("?", "Open", "care"),
    "excluded": ("✕", "Excluded", "bad"),
}
KINDS = {
    "vault_config": "Server configuration",
    "tls_scan": "TLS scan",
    "key_store_log": "HSM or KMS log",
    "status": "Server status",
    "raft_peers": "Raft peers",
    "version": "Version",
    "server_log": "Server log",
    "audit_list": "Audit devices",
    "audit_log": "Audit log",
    "hsm_objects": "Listing of an HSM",
    "doctor": "Doctor's report",
    "systemd_unit": "Service unit",
    "environment": "Environment file",
    "key_status": "Barrier key status",
    "rotation_config": "Rotation policy",
    "seal_backend_status": "Seal backends",
    "diagnose": "Diagnose report",
    "agent_config": "Agent configuration",
    "policy": "Access policy",
    "terraform": "Terraform code",
    "document": "Document",
    "opaque": "Unrecognised file",
    "refused": "Refused",
}


ADDRESS = re.compile(r"https://[^\s<>&,;()\"'…]+(?!…)\b/?")
TOLD = re.compile(r"<title>([^<]*)</title><desc>([^<]*)</desc>")
LONG = re.compile(r"(?<![\w/:.;&-])(?!https?:)[\w./-]{28,}(?![\w&;])")  # names of cipher suites, paths
PART = re.compile(r"[^_./-]{,40}[_./-]+|[^_./-]{1,40}")
FLAG = re.compile(r"(?:(?<=\s)|^)--?[a-z][\w-]{1,26}(?![\w&;])")  # an option of a command, no place for a line to end
QUOTED = re.compile(r"`([^`<>\n]{1,80})`")
RUNS_SHOWN = 6
MOMENT = re.compile(r"\b(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\dZ")
KANA = re.compile("[\u3041-\u30ff]")  # hiragana and katakana: no other language is written with them


def text(value: object, limit: int = 600) -> str:
    """Any value as HTML text, cut with an ellipsis so that no artefact can blow up a page.

    Japanese is marked as such, so that a reader's voice and the choice of glyphs follow. A long word may break after
    each of its parts, an option of a command nowhere, and what stands between backticks is code.
    """
    plain = glyphs.visible(str(value))
    safe = escape(plain if len(plain) <= limit else plain[: limit - 1] + "…")
    broken = QUOTED.sub(r"<code>\1</code>", FLAG.sub(r'<span class="part">\g<0></span>', LONG.sub(_in_parts, safe)))
    return f'<span lang="ja">{broken}</span>' if KANA.search(plain) else broken


def _in_parts(word: re.Match[str]) -> str:
    """Parts of a long word as boxes, between which a line may end: nothing is added that a copy would contain."""
    return "".join(f'<span class="part">{part}</span>' for part in PART.findall(word[0]))


def linked(value: object, limit: int = 600) -> str:
    """The same, with its web addresses as links."""
    marked = ADDRESS.sub(r'<a class="cite long" href="\g<0>">\g<0></a>', text(value, limit))
    return marked.replace("(read ", "(read&nbsp;")


def code(value: object, limit: int = 200) -> str:
    return f"<code>{text(value, limit)}</code>"


def chip(shape: str, word: str, tone: str) -> str:
    """Shape, word and colour together: never colour alone."""
    return f'<span class="chip {tone}"><span class="shape">{shape}</span> {word}</span>'


def verdict_chip(verdict: Verdict) -> str:
    return chip(*VERDICTS[verdict])


def digest(value: str) -> str:
    """A SHA-256 in four groups of sixteen, which break where a line must break."""
    return '<code class="hash">' + " ".join(escape(value[i : i + 16]) for i in range(0, len(value), 16)) + "</code>"


def facts(pairs: Sequence[tuple[str, str]], more: str = "") -> str:
    """Names and values, a pair a line; values are HTML already. Paragraphs, since no list of pairs survives tagging."""
    lines = "".join(f"<p><span>{escape(name)}</span> <span>{value}</span></p>" for name, value in pairs)
    return f'<div class="facts">{lines}{more}</div>'


def size(count: int) -> str:
    """Bytes for people: 512 B, 12.3 KiB, 4.0 MiB."""
    amount = float(count)
    for unit in ("B", "KiB", "MiB"):
        if amount < 1024:
            return f"{amount:.0f} B" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} GiB"


def numbers(names: Sequence[str]) -> str:
    """Numbers of evidence, with runs of three and more as one, six of them at most.

    >>> numbers(["E1", "E2", "E3", "E7"])
    'E1–E3, E7'
    """
    runs: list[list[int]] = []
    for number in sorted({int(name[1:]) for name in names}):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    parts = [f"E{run[0]}–E{run[-1]}" if len(run) > 2 else ", ".join(f"E{one}" for one in run) for run in runs]
    left = sum(map(len, runs[RUNS_SHOWN:]))
    return ", ".join(parts[:RUNS_SHOWN]) + (f" and {left} more" if left else "")


def day_and_time(value: object) -> str:
    """A moment of the manifest for people: 2026-11-24T09:30:00Z is "2026-11-24, 09:30 UTC"."""
    return MOMENT.sub(r"\1, \2 UTC", text(value))


def figure(svg: str, caption: str = "") -> str:
    below = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return f"<figure>{_told(svg)}{below}</figure>"


def _told(svg: str) -> str:
    """The drawing with all its words in its title, which becomes the alternative text; a description would be lost."""
    return TOLD.sub(r"<title>\1. \2</title>", svg, count=1)


def table(heads: tuple[tuple[str, str], ...], rows: Sequence[tuple[str, ...]], *, name: str = "") -> str:
    """A table with fixed column widths; heads are (class of the column, title); cells are HTML already."""
    columns = "".join(f'<col class="{css}">' for css, _ in heads)
    titles = "".join(f'<th scope="col">{escape(title)}</th>' for _, title in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    head = f"<colgroup>{columns}</colgroup><thead><tr>{titles}</tr></thead>"
    return f'<table class="{name}">{head}<tbody>{body}</tbody></table>'
