"""How long a restarted cluster waits for its seal: a small model with inputs that everybody can see and change.

The inputs and why we assume their defaults stand in `unseal_inputs`. The model is exact: waits are independent blocks
whose distributions are multiplied, people are a k-of-n order statistic, and the one integral (holders who come in
office hours only) is a deterministic quadrature. Nothing is drawn at random; the tests hold it against a simulation.

    T = start of the process + calls to the seal (or entry of the shares) + max(waits)

- A service is up with its availability when the restart comes; otherwise the rest of the outage is exponential with the
  mean time to repair. Of several members the first that answers is enough; blocks in a row must all answer.
- Each holder is reached with a probability and then answers after a log-normal time, given by its median and its 90th
  percentile; a holder who is not reached answers after an absence. The threshold-th answer counts. Out of duty hours
  nobody is there: the wait until the next duty is uniform over the gap, the same for all.
- A majority of the nodes must be unsealed (integrated storage needs a quorum).

Times are seconds inside; the names of the inputs end in their unit. What is shown has two significant digits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from math import comb, erf, exp, log, sqrt
from types import MappingProxyType
from typing import Any

from seal_advisor.core.record import Record, replace
from seal_advisor.core.unseal_inputs import SPECS, Inputs, InputsError, Spec

Curve = Callable[[float], float]  # seconds -> share of restarts that are through by then, 0 to 1

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
LONGEST = 1e9  # seconds; a wait beyond thirty years is no longer a wait
Z90 = 1.2815515655446004  # 90th percentile of the standard normal distribution
PERCENTILES = (50, 90, 99)


class Estimate(Record):
    """percentiles: percent -> seconds, not rounded. meets: share of restarts within the RTO, None without one.

    misses: restarts a month that miss it. entries: shares typed in a month over all nodes.
    """

    percentiles: Mapping[int, float]
    meets: float | None
    misses: float | None
    entries: float


# --- the model --------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=256)  # a page asks for the same curve several times: figures, drawing, sentences
def curve(option: str, inputs: Inputs) -> Curve:
    """The share of restarts after which the cluster serves within so many seconds. KeyError for an unknown option."""
    waits = [_service(1 - inputs.fault_share, inputs.fault_repair_min * MINUTE), *BLOCKS[option](inputs)]
    least = shortest(option, inputs)

    def share(seconds: float) -> float:
        if seconds < least:
            return 0.0
        product = 1.0
        for wait in waits:
            product *= wait(seconds - least)
        return product

    return share


def shortest(option: str, inputs: Inputs) -> float:
    """Seconds of a restart that waits for nothing and nobody."""
    if option == "shamir":
        return inputs.node_start_s + (inputs.nodes // 2 + 1) * inputs.entry_min * MINUTE
    latency = {"pkcs11": inputs.hsm_latency_ms, "static": 0.0}.get(option, inputs.kms_latency_ms)
    return inputs.node_start_s + inputs.seal_calls * latency / 1000


@lru_cache(maxsize=256)
def estimate(option: str, inputs: Inputs) -> Estimate:
    """Percentiles, the share of restarts that meet the RTO, and what that means a month."""
    share = curve(option, inputs)
    meets = None if inputs.rto_min is None else share(inputs.rto_min * MINUTE)
    return Estimate(
        percentiles=MappingProxyType({percent: _quantile(share, percent / 100) for percent in PERCENTILES}),
        meets=meets,
        misses=None if meets is None else inputs.restarts_a_month * (1 - meets),
        entries=inputs.restarts_a_month * inputs.nodes * inputs.threshold if option == "shamir" else 0.0,
    )


def _quantile(share: Curve, wanted: float) -> float:
    """The shortest time by which `wanted` of the restarts are through, by bisection to one part in a million."""
    low, high = 0.0, LONGEST
    if share(high) < wanted:
        return high
    while high - low > 1e-6 * high and high > 1e-3:
        middle = sqrt(low * high) if low else high / 1024
        low, high = (low, middle) if share(middle) >= wanted else (middle, high)
    return high


def _service(availability: float, repair: float) -> Curve:
    """The wait for one service: none when it is up, else exponential with the mean repair time in seconds."""
    return lambda wait: 1 - (1 - availability) * exp(-wait / repair)


def _first(count: int, one: Curve) -> Curve:
    """The wait for the first of `count` independent services of one kind."""
    return lambda wait: 1 - (1 - one(wait)) ** count


def _path(inputs: Inputs) -> Curve:
    return _service(inputs.path_availability, inputs.path_repair_h * HOUR)


def _hsm(inputs: Inputs) -> list[Curve]:
    member = _service(inputs.hsm_availability, inputs.hsm_repair_h * HOUR)
    return [_path(inputs), _first(inputs.hsm_members, member)]


def _kms(inputs: Inputs) -> list[Curve]:
    return [_path(inputs), _service(inputs.kms_availability, inputs.kms_repair_h * HOUR)]


def _transit(inputs: Inputs) -> list[Curve]:
    unsealer = _service(inputs.unsealer_availability, inputs.unsealer_repair_h * HOUR)
    return [_path(inputs), unsealer, _service(inputs.token_valid, inputs.token_repair_min * MINUTE)]


def _several(inputs: Inputs) -> list[Curve]:
    """Each seal behind a path of its own: the first that answers is enough."""
    path, key = _kms(inputs)
    return [_first(inputs.seals, lambda wait: path(wait) * key(wait))]


def _kmip(inputs: Inputs) -> list[Curve]:
    server = _service(inputs.kmip_availability, inputs.kmip_repair_h * HOUR)
    return [_path(inputs), _first(inputs.kmip_servers, server)]


def _holders(inputs: Inputs) -> list[Curve]:
    """The wait until a threshold of holders is ready."""
    spread = log(inputs.holder_p90_min / inputs.holder_median_min) / Z90
    middle = log(inputs.holder_median_min * MINUTE)
    absence = inputs.holder_absence_h * HOUR
    n, reached = inputs.shares, inputs.holder_reached
    choices = [(k, comb(n, k)) for k in range(inputs.threshold, n + 1)]

    def ready(wait: float) -> float:
        return 0.5 * (1 + erf((log(wait) - middle) / (spread * sqrt(2)))) if wait > 0 else 0.0

    def enough(wait: float) -> float:
        one = reached * ready(wait) + (1 - reached) * ready(wait - absence)
        if one < 1e-12 or one > 1 - 1e-12:
            return round(one)
        return min(1.0, sum(ways * one**k * (1 - one) ** (n - k) for k, ways in choices))

    gaps = _gaps(inputs.holder_days_a_week, inputs.holder_hours_a_day)
    return [_after_gaps(enough, gaps) if gaps else enough]


def _gaps(days: int, hours: float) -> list[float]:
    """Seconds of each stretch of a week in which no holder is on duty; days on duty follow one another."""
    night, rest = (24 - hours) * HOUR, (7 - days) * DAY
    return [gap for gap in [night] * (days - 1) + [night + rest] if gap > 0]


def _after_gaps(enough: Curve, gaps: list[float]) -> Curve:
    """`enough`, for a restart at any moment of the week: in a gap of L seconds the wait grows by a uniform part of L.

    The mean of enough(wait - u) over 0 <= u <= L is the difference of its integral, which is tabled once (trapezoids on
    a grid with 2 % steps, good to about 1e-4).
    """
    grid = [1.02**step for step in range(1050)]  # 1 s to more than 30 years
    values = [enough(at) for at in grid]
    areas = [0.0]
    for i in range(1, len(grid)):
        areas.append(areas[-1] + (values[i] + values[i - 1]) / 2 * (grid[i] - grid[i - 1]))

    def area(until: float) -> float:
        if until <= 1:
            return 0.0
        place = min(int(log(until) / log(1.02)), len(grid) - 2)
        part = (until - grid[place]) / (grid[place + 1] - grid[place])
        return areas[place] + part * (areas[place + 1] - areas[place])

    week = 7 * DAY
    on_duty = 1 - sum(gaps) / week

    def share(wait: float) -> float:
        late = sum(area(wait) - area(wait - gap) for gap in gaps) / week  # weight gap/week, mean over the gap
        return min(1.0, on_duty * enough(wait) + late)

    return share


BLOCKS: Mapping[str, Callable[[Inputs], list[Curve]]] = {
    "pkcs11": _hsm,
    "cloud_kms": _kms,
    "shamir": _holders,
    "transit": _transit,
    "multi_seal": _several,
    "kmip": _kmip,
    "static": lambda _: [],
}


# --- what is shown ----------------------------------------------------------------------------------------------------


def about(seconds: float) -> str:
    """A time in two significant digits and the unit that a person would use.

    >>> about(32.4), about(1000), about(9000), about(400_000)
    ('32 s', '17 min', '2.5 h', '4.6 days')
    """
    for unit, length, limit in (("s", 1.0, 90.0), ("min", MINUTE, 90.0), ("h", HOUR, 48.0)):
        if seconds / length < limit:
            return f"{_number(seconds / length)} {unit}"
    return f"{_number(seconds / DAY)} days"


def _two(value: float) -> float:
    return float(f"{value:.2g}")


def _number(value: float) -> str:
    """Two significant digits, written out: 250,000 rather than 2.5e+05."""
    return f"{_two(value):,.10g}"


def share_text(share: float) -> str:
    """A share of restarts without false precision: never 0 %, never 100 %.

    >>> share_text(0.9999), share_text(0.9934), share_text(0.876), share_text(0.0004)
    ('more than 99.9 %', 'about 99.3 %', 'about 88 %', 'less than 1 %')
    """
    if share > 0.999:
        return "more than 99.9 %"
    if share > 0.99:
        return f"about {100 * share:.1f} %"
    return f"about {100 * share:.0f} %" if share >= 0.01 else "less than 1 %"


def share_number(share: float) -> float:
    """The same rounding as a number between 0.01 and 0.999, for a machine."""
    return min(0.999, max(0.01, round(share, 3 if share > 0.99 else 2)))


def sways(option: str, inputs: Inputs) -> tuple[tuple[str, float], ...]:
    """The inputs on which the result hangs most: (name, result when that input is about twice as bad), worst first.

    The result is the share of restarts that miss the RTO, or, without an RTO, the 90th percentile in seconds. At most
    three, and none that moves the result by less than a twentieth.
    """
    before = _result(option, inputs)
    found = []
    for name, spec in SPECS.items():
        if option in spec.options and spec.worse and (worse := _worse(inputs, name, spec)) is not None:
            after = _result(option, worse)
            if after - before > 0.05 * before:
                found.append((name, after))
    return tuple(sorted(found, key=lambda one: -one[1])[:3])


def _result(option: str, inputs: Inputs) -> float:
    share = curve(option, inputs)
    return _quantile(share, 0.9) if inputs.rto_min is None else 1 - share(inputs.rto_min * MINUTE)


def _worse(inputs: Inputs, name: str, spec: Spec) -> Inputs | None:
    """The inputs with one of them about twice as bad, None where that is out of range."""
    value = getattr(inputs, name)
    whole = isinstance(value, int)
    worse: Any  # a whole number stays one
    if spec.worse == "down":
        worse = 1 - 2 * (1 - value)
    elif spec.worse == "more":
        worse = value + 1 if whole and value < 10 else value * 2
    else:
        worse = value - 1 if whole else value / 2
    try:
        return replace(inputs, **{name: worse})
    except InputsError:
        return None


def document(option: str, inputs: Inputs) -> dict[str, Any]:
    """The estimate as JSON; every number is rounded, and every input that enters it stands beside it.

    {"percentiles": {"p50": {"seconds", "text"}, ...}, "meets_rto": {"share", "text", "rto"} or null, "misses": text or
    null, "entries": text or null, "sways": [{"input", "label", "text"}], "inputs": [{"name", "label", "unit", "value",
    "default", "low", "high", "why"}], "summary": [sentences]}
    """
    found = estimate(option, inputs)
    by_rto = inputs.rto_min is not None
    default = Inputs()
    return {
        "percentiles": {
            f"p{percent}": {"seconds": _two(seconds), "text": f"about {about(seconds)}"}
            for percent, seconds in found.percentiles.items()
        },
        "meets_rto": None
        if found.meets is None or inputs.rto_min is None
        else {
            "share": share_number(found.meets),
            "text": share_text(found.meets),
            "rto": about(inputs.rto_min * MINUTE),
        },
        "sways": [
            {
                "input": name,
                "label": SPECS[name].label,
                "text": share_text(1 - value) if by_rto else f"about {about(value)}",
            }
            for name, value in sways(option, inputs)
        ],
        "inputs": [
            {
                "name": name,
                "label": spec.label,
                "unit": spec.unit,
                "value": getattr(inputs, name),
                "default": getattr(default, name),
                "low": spec.low,
                "high": spec.high,
                "why": spec.why,
            }
            for name, spec in SPECS.items()
            if option in spec.options
        ],
        "summary": list(summary(option, inputs)),
    }


def summary(option: str, inputs: Inputs) -> tuple[str, ...]:
    """The estimate in sentences: what the chart shows, in words."""
    found = estimate(option, inputs)
    p50, p90, p99 = (about(found.percentiles[percent]) for percent in PERCENTILES)
    said = [f"Half of the restarts are through within about {p50}, nine in ten within {p90}, 99 in 100 within {p99}."]
    if found.meets is not None and found.misses is not None and inputs.rto_min is not None:
        said.append(
            f"Of all restarts, {share_text(found.meets)} meet the recovery time objective of "
            f"{about(inputs.rto_min * MINUTE)}."
        )
        said.append(_misses(found.meets, found.misses, inputs.restarts_a_month))
    if found.entries:
        said.append(f"People type in about {_number(found.entries)} shares a month, over all nodes.")
    said.append("The inputs are our assumptions until you put in your own; the result is as good as they are.")
    return tuple(said)


def _misses(meets: float, misses: float, restarts: float) -> str:
    at = f"At {restarts:g} restart{'' if restarts == 1 else 's'} a month"
    if restarts == 0:
        return "Without restarts none can miss it."
    if meets > 0.999:
        return f"{at}, fewer than one in 1,000 miss it."
    if misses >= 1:
        return f"{at}, about {_number(misses)} a month miss it."
    months = 1 / misses
    if months > 1200:
        return f"{at}, it is missed less than once in 100 years."
    rarely, unit = (months, "months") if months < 18 else (months / 12, "years")
    return f"{at}, it is missed about once in {float(f'{rarely:.1g}'):g} {unit}."
