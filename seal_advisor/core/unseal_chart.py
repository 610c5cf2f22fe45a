"""The time to unseal as a drawing: the share of restarts that are through, over time on a logarithmic axis.

A pure function from an option and its inputs to SVG text, with the same words in its <desc> as `unseal_time.summary`.
"""

from __future__ import annotations

from math import log

from seal_advisor.core import drawing, unseal_time
from seal_advisor.core.unseal_inputs import Inputs
from seal_advisor.core.unseal_time import DAY, HOUR, MINUTE

LEFT, RIGHT, TOP, FLOOR = 62.0, 618.0, 34.0, 244.0
FIRST, LAST = 10.0, 14 * DAY
TICKS = (
    (10.0, "10 s"), (MINUTE, "1 min"), (10 * MINUTE, "10 min"), (HOUR, "1 h"), (8 * HOUR, "8 h"), (DAY, "1 day"),
    (7 * DAY, "7 days"),
)  # fmt: skip
GRID = "var(--diagram-region-line, #b9bbc6)"
CURVE = "var(--diagram-key-line, #3e63dd)"
LIMIT = "var(--diagram-bad-line, #ce2c31)"


def chart(option: str, inputs: Inputs) -> str:
    """The distribution of one option as SVG. KeyError for an unknown option."""
    share = unseal_time.curve(option, inputs)
    found = unseal_time.estimate(option, inputs)
    parts = [_axes(), _line(share, unseal_time.shortest(option, inputs))]
    for percent, seconds in found.percentiles.items():
        parts.append(_dot(seconds, percent / 100))
    shown = "; ".join(f"{percent} % {unseal_time.about(seconds)}" for percent, seconds in found.percentiles.items())
    parts.append(drawing.words(LEFT, FLOOR + 62, [f"Within about: {shown}"]))
    if inputs.rto_min is not None:
        parts.append(_limit(inputs.rto_min * MINUTE))
    text = " ".join(unseal_time.summary(option, inputs))
    return drawing.picture("Time to unseal after a restart", text, FLOOR + 74, parts)


def _x(seconds: float) -> float:
    """Where a time stands; what lies beyond the axis stands at its end."""
    inside = min(max(seconds, FIRST), LAST)
    return LEFT + (RIGHT - LEFT) * log(inside / FIRST) / log(LAST / FIRST)


def _y(share: float) -> float:
    return FLOOR - (FLOOR - TOP) * share


def _axes() -> str:
    parts = []
    for percent in (0, 50, 90, 100):
        high = _y(percent / 100)
        parts.append(f'<path d="M{LEFT:g} {high:g}H{RIGHT:g}" stroke="{GRID}" stroke-width="1" fill="none"/>')
        parts.append(drawing.words(LEFT - 8, high + 4, [f"{percent} %"], anchor="end"))
    for seconds, label in TICKS:
        at = _x(seconds)
        parts.append(f'<path d="M{at:.1f} {FLOOR:g}v5" stroke="{GRID}" stroke-width="1" fill="none"/>')
        parts.append(drawing.words(round(at, 1), FLOOR + 20, [label], anchor="middle"))
    parts.append(
        drawing.words(LEFT, FLOOR + 40, ["Share of restarts after which the cluster serves within the time"], bold=1)
    )
    return "".join(parts)


def _line(share: unseal_time.Curve, least: float) -> str:
    """The curve through 240 points and the moment at which it leaves zero."""
    times = sorted({least, *(FIRST * (LAST / FIRST) ** (step / 240) for step in range(241))})
    points = [f"{_x(seconds):.1f} {_y(share(seconds)):.1f}" for seconds in times]
    if least > FIRST:
        points.insert(times.index(least), f"{_x(least):.1f} {_y(0):.1f}")
    path = "M" + "L".join(points)
    return f'<path class="curve" d="{path}" fill="none" stroke="{CURVE}" stroke-width="2.5" stroke-linejoin="round"/>'


def _dot(seconds: float, share: float) -> str:
    return f'<circle cx="{_x(seconds):.1f}" cy="{_y(share):.1f}" r="4.5" fill="{CURVE}"/>'


def _limit(seconds: float) -> str:
    """The recovery time objective: a dashed line with its name above the plot."""
    at = _x(seconds)
    anchor = "end" if at > (LEFT + RIGHT) / 2 else "start"
    line = (
        f'<path class="rto" d="M{at:.1f} {TOP - 10:g}V{FLOOR:g}" stroke="{LIMIT}" stroke-width="2" '
        f'stroke-dasharray="6 4" fill="none"/>'
    )
    label = f"Recovery time objective: {unseal_time.about(seconds)}"
    return line + drawing.words(round(at, 1), TOP - 16, [label], anchor=anchor)
