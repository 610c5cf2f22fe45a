"""Boxes, regions and arrows as SVG text: the strokes that `diagrams.py` draws with.

Colours are presentation attributes of the form `var(--diagram-x, #fallback)`, so that a page's light or dark tokens
apply without a style element (a strict content security policy allows neither `style=` nor `<style>`), and text uses
`currentColor`. `plain()` puts the fallbacks in, for renderers that know no custom properties (WeasyPrint, Inkscape).
Lengths are user units of the viewBox; text is 13 units high, which is 9.8 pt on a 170 mm wide column.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from seal_advisor.core.regex import regex

WIDTH = 640
LINE = 17
FONT = "Liberation Sans, Helvetica Neue, Arial, DejaVu Sans, sans-serif"

# tone -> (fill, stroke); the fallbacks are Radix slate, indigo, green, amber and red of the light scale.
TONES = {
    "plain": ("var(--diagram-plain, #f8f9fa)", "var(--diagram-plain-line, #8b8d98)"),
    "region": ("var(--diagram-region, #fdfdfe)", "var(--diagram-region-line, #b9bbc6)"),
    "key": ("var(--diagram-key, #edf2fe)", "var(--diagram-key-line, #3e63dd)"),
    "good": ("var(--diagram-good, #f4fbf6)", "var(--diagram-good-line, #2b9a66)"),
    "care": ("var(--diagram-care, #fefbe9)", "var(--diagram-care-line, #ab6400)"),
    "bad": ("var(--diagram-bad, #fff7f7)", "var(--diagram-bad-line, #ce2c31)"),
}
_VARIABLE = regex(r"var\(--[a-z-]+, (#[0-9a-f]{6})\)")


def plain(svg: str) -> str:
    """The same drawing with every custom property replaced by its fallback and `currentColor` by near-black."""
    return _VARIABLE.sub(r"\1", svg).replace("currentColor", "#1c2024")


def wrap(text: str, width: float) -> list[str]:
    """Lines of at most `width` units at 13 units a line; an average character of the font is 6.4 units wide."""
    room = max(4, int(width / 6.4))
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + 1 + len(word) <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def words(x: float, y: float, lines: Sequence[str], *, anchor: str = "start", bold: int = 0, size: int = 13) -> str:
    """Lines of text, the first `bold` of them heavy; y is the baseline of the first."""
    return "".join(
        f'<text x="{x:g}" y="{y + index * LINE:g}" text-anchor="{anchor}" font-size="{size}" '
        f'font-weight="{700 if index < bold else 400}" fill="currentColor">{escape(line)}</text>'
        for index, line in enumerate(lines)
    )


def height(title: str, detail: str, width: float) -> float:
    """How high a box of this width must be for its words."""
    return LINE * (len(wrap(title, width - 28)) + len(wrap(detail, width - 24))) + 18


def box(x: float, y: float, width: float, title: str, detail: str = "", *, tone: str = "plain", tall: float = 0) -> str:
    """A rounded box with a heavy title and a light detail; it grows to hold its words."""
    fill, stroke = TONES[tone]
    heads = wrap(title, width - 28)  # heavy letters are wider
    lines = [*heads, *wrap(detail, width - 24)]
    high = max(tall, height(title, detail, width))
    return (
        f'<rect class="{tone}" x="{x:g}" y="{y:g}" width="{width:g}" height="{high:g}" rx="6" fill="{fill}" '
        f'stroke="{stroke}" stroke-width="1.5"/>' + words(x + 12, y + 21, lines, bold=len(heads))
    )


def region(
    x: float, y: float, width: float, high: float, title: str, *, tone: str = "region", hard: bool = False
) -> str:
    """A named area; `hard` draws the thick unbroken line of a cryptographic boundary, else the line is dashed."""
    fill, stroke = TONES[tone]
    line = 'stroke-width="3"' if hard else 'stroke-width="1.5" stroke-dasharray="6 4"'
    heads = wrap(title, width - 28)
    return (
        f'<rect class="region" x="{x:g}" y="{y:g}" width="{width:g}" height="{high:g}" rx="10" fill="{fill}" '
        f'stroke="{stroke}" {line}/>' + words(x + 14, y + 23, heads, bold=len(heads))
    )


def arrow(x1: float, y1: float, x2: float, y2: float, *, both: bool = False, dashed: bool = False) -> str:
    """A straight horizontal or vertical arrow; the head is a polygon, since marker ids would clash on one page."""
    dash = ' stroke-dasharray="5 4"' if dashed else ""
    stroke = "var(--diagram-arrow, #60646c)"
    line = f'<path d="M{x1:g} {y1:g}L{x2:g} {y2:g}" fill="none" stroke="{stroke}" stroke-width="1.5"{dash}/>'
    return line + _head(x1, y1, x2, y2) + (_head(x2, y2, x1, y1) if both else "")


def _head(x1: float, y1: float, x2: float, y2: float) -> str:
    length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5 or 1
    ux, uy = (x2 - x1) / length, (y2 - y1) / length
    left = f"{x2 - 9 * ux + 4 * uy:g},{y2 - 9 * uy - 4 * ux:g}"
    right = f"{x2 - 9 * ux - 4 * uy:g},{y2 - 9 * uy + 4 * ux:g}"
    return f'<polygon points="{x2:g},{y2:g} {left} {right}" fill="var(--diagram-arrow, #60646c)"/>'


def picture(title: str, description: str, high: float, parts: Sequence[str]) -> str:
    """The whole drawing: <title> is its short name, <desc> says in words everything that the drawing says."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="diagram" role="img" viewBox="0 0 {WIDTH} {high:g}" '
        f'width="{WIDTH}" height="{high:g}" font-family="{FONT}"><title>{escape(title)}</title>'
        f"<desc>{escape(description)}</desc>{''.join(parts)}</svg>"
    )
