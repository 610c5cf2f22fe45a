"""The time to unseal: exact where it can be, the same as a simulation, and never more precise than it is."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from random import Random
from xml.etree import ElementTree

import pytest

from seal_advisor.core import unseal_chart, unseal_inputs, unseal_time
from seal_advisor.core.drawing import WIDTH
from seal_advisor.core.record import fields, replace
from seal_advisor.core.unseal_inputs import ALL, SPECS, Inputs, InputsError

SVG = "{http://www.w3.org/2000/svg}"
HOUR = 3600.0
# Worse than the defaults, so that a simulation sees the tails.
SHAKY = Inputs(
    fault_share=0.05, path_availability=0.95, hsm_availability=0.8, kms_availability=0.85, unsealer_availability=0.9,
    token_valid=0.9, kmip_availability=0.8, kmip_servers=3, holder_reached=0.6,
)  # fmt: skip
OFFICE = replace(SHAKY, holder_days_a_week=5, holder_hours_a_day=8.0)
FOUR_DAYS = replace(SHAKY, holder_days_a_week=4, holder_hours_a_day=24.0, threshold=5)


# --- Against a simulation ---------------------------------------------------------------------------------------------


def _outage(chance: Random, availability: float, repair_s: float) -> float:
    return 0.0 if chance.random() < availability else chance.expovariate(1 / repair_s)


def _people(chance: Random, given: Inputs) -> float:
    """A restart at a random second of the week; holders answer one by one; the threshold-th counts."""
    at = chance.uniform(0, 7 * 24.0)  # hours since Monday, the first day of duty, at the start of duty
    day, hour = divmod(at, 24.0)
    duty, late = given.holder_hours_a_day, 0.0
    if day >= given.holder_days_a_week or hour >= duty:
        next_day = day + 1 if day + 1 < given.holder_days_a_week else 7
        late = (next_day * 24 - at) * HOUR
    spread = math.log(given.holder_p90_min / given.holder_median_min) / unseal_time.Z90
    ready = sorted(
        chance.lognormvariate(math.log(given.holder_median_min * 60), spread)
        + (0 if chance.random() < given.holder_reached else given.holder_absence_h * HOUR)
        for _ in range(given.shares)
    )
    return late + ready[given.threshold - 1]


def _wait(chance: Random, option: str, given: Inputs) -> float:
    def path() -> float:
        return _outage(chance, given.path_availability, given.path_repair_h * HOUR)

    def kms() -> float:
        return _outage(chance, given.kms_availability, given.kms_repair_h * HOUR)

    def first(count: int, availability: float, repair_h: float) -> float:
        return min(_outage(chance, availability, repair_h * HOUR) for _ in range(count))

    ways: dict[str, Callable[[], float]] = {
        "pkcs11": lambda: max(path(), first(given.hsm_members, given.hsm_availability, given.hsm_repair_h)),
        "cloud_kms": lambda: max(path(), kms()),
        "shamir": lambda: _people(chance, given),
        "transit": lambda: max(
            path(),
            _outage(chance, given.unsealer_availability, given.unsealer_repair_h * HOUR),
            _outage(chance, given.token_valid, given.token_repair_min * 60),
        ),
        "multi_seal": lambda: min(max(path(), kms()) for _ in range(given.seals)),
        "kmip": lambda: max(path(), first(given.kmip_servers, given.kmip_availability, given.kmip_repair_h)),
        "static": lambda: 0.0,
    }
    return max(ways[option](), _outage(chance, 1 - given.fault_share, given.fault_repair_min * 60))


@pytest.mark.parametrize(
    ("option", "given"),
    [*((option, SHAKY) for option in ALL), ("shamir", OFFICE), ("shamir", FOUR_DAYS), ("shamir", Inputs())],
)
def test_the_exact_result_is_that_of_a_simulation(option: str, given: Inputs) -> None:
    chance, count = Random(20261124), 20_000
    least, share = unseal_time.shortest(option, given), unseal_time.curve(option, given)
    drawn = sorted(least + _wait(chance, option, given) for _ in range(count))
    for seconds in (least, least + 60, 600, 1800, HOUR, 4 * HOUR, 12 * HOUR, 24 * HOUR, 72 * HOUR):
        simulated = sum(one <= seconds + 1e-9 for one in drawn) / count
        exact = share(seconds)
        assert abs(simulated - exact) <= 4 * math.sqrt(max(exact * (1 - exact), 1 / count) / count) + 2e-4, seconds


# --- Exact ------------------------------------------------------------------------------------------------------------


def test_one_holder_who_is_always_there_takes_the_median_and_the_entry() -> None:
    alone = Inputs(
        shares=1, threshold=1, holder_reached=1.0, fault_share=0.0, nodes=3, entry_min=2.0, node_start_s=30.0
    )
    expected = 30 + 2 * 2 * 60 + alone.holder_median_min * 60  # two of three nodes
    assert unseal_time.estimate("shamir", alone).percentiles[50] == pytest.approx(expected, rel=1e-4)
    upper = 30 + 2 * 2 * 60 + alone.holder_p90_min * 60
    assert unseal_time.estimate("shamir", alone).percentiles[90] == pytest.approx(upper, rel=1e-4)


def test_a_service_that_is_up_delays_nothing_and_one_that_is_down_waits_for_its_repair() -> None:
    one = Inputs(hsm_members=1, hsm_availability=0.9, path_availability=1.0, fault_share=0.0)
    share, least = unseal_time.curve("pkcs11", one), unseal_time.shortest("pkcs11", one)
    assert share(least - 0.001) == 0
    assert share(least) == pytest.approx(0.9)
    assert share(least + one.hsm_repair_h * HOUR) == pytest.approx(1 - 0.1 / math.e)


def test_a_restart_that_waits_for_nobody_takes_the_start_and_the_calls() -> None:
    assert unseal_time.shortest("pkcs11", Inputs(node_start_s=30, seal_calls=200, hsm_latency_ms=10)) == 32
    assert unseal_time.shortest("cloud_kms", Inputs(node_start_s=30, seal_calls=200, kms_latency_ms=100)) == 50
    assert unseal_time.shortest("static", Inputs(node_start_s=30, seal_calls=200)) == 30


def test_the_seconds_in_which_nobody_is_on_duty_are_those_of_the_week() -> None:
    office = unseal_time._gaps(5, 8.0)
    assert [gap / HOUR for gap in office] == [16, 16, 16, 16, 64]
    assert unseal_time._gaps(7, 24.0) == []
    assert [gap / HOUR for gap in unseal_time._gaps(7, 23.0)] == [1] * 7
    assert [gap / HOUR for gap in unseal_time._gaps(6, 24.0)] == [24]


@pytest.mark.parametrize("given", [Inputs(), SHAKY, OFFICE], ids=["defaults", "shaky", "office"])
@pytest.mark.parametrize("option", ALL)
def test_the_distribution_rises_from_nothing_to_all(option: str, given: Inputs) -> None:
    share = unseal_time.curve(option, given)
    values = [share(1.3**step) for step in range(80)]
    assert all(later >= earlier - 1e-12 for earlier, later in pairwise(values))
    assert values[0] == 0
    assert values[-1] == pytest.approx(1)
    found = unseal_time.estimate(option, given).percentiles
    assert found[50] <= found[90] <= found[99]
    for percent, seconds in found.items():
        assert share(seconds) >= percent / 100 - 1e-4
        assert share(seconds * 0.999) <= percent / 100 + 1e-3 or seconds <= unseal_time.shortest(option, given) * 1.001


@pytest.mark.parametrize("name", [name for name, spec in SPECS.items() if spec.worse])
def test_a_worse_input_never_makes_it_better_and_moves_each_option_that_it_belongs_to(name: str) -> None:
    spec = SPECS[name]
    for option in ALL:
        base = replace(OFFICE, rto_min=90.0, seals=3)
        worse = unseal_time._worse(base, name, spec)
        assert worse is not None
        times = [60.0, 300.0, 900.0, HOUR, 3 * HOUR, 20 * HOUR, 60 * HOUR]
        before, after = unseal_time.curve(option, base), unseal_time.curve(option, worse)
        if name not in ("holder_median_min", "holder_p90_min"):  # each alone changes the spread too
            assert all(after(at) <= before(at) + 1e-9 for at in times)
        moved = unseal_time.shortest(option, worse) != unseal_time.shortest(option, base) or any(
            abs(after(at) - before(at)) > 1e-9 for at in times
        )
        assert moved == (option in spec.options)


# --- What is shown ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (32.4, "32 s"),
        (89, "89 s"),
        (90, "1.5 min"),
        (5400, "1.5 h"),
        (48 * HOUR, "2 days"),
        (1000, "17 min"),
        (9000, "2.5 h"),
        (400_000, "4.6 days"),
    ],
)
def test_a_time_has_two_significant_digits(seconds: float, text: str) -> None:
    assert unseal_time.about(seconds) == text


@pytest.mark.parametrize(
    ("share", "text", "number"),
    [
        (1.0, "more than 99.9 %", 0.999),
        (0.99934, "more than 99.9 %", 0.999),
        (0.9934, "about 99.3 %", 0.993),
        (0.876, "about 88 %", 0.88),
        (0.0004, "less than 1 %", 0.01),
        (0.0, "less than 1 %", 0.01),
    ],
)
def test_a_share_is_never_all_and_never_none(share: float, text: str, number: float) -> None:
    assert unseal_time.share_text(share) == text
    assert unseal_time.share_number(share) == number


@pytest.mark.parametrize("option", ALL)
@pytest.mark.parametrize("given", [Inputs(), replace(OFFICE, rto_min=60.0)], ids=["no objective", "objective"])
def test_no_number_in_the_document_pretends_to_more_than_it_knows(option: str, given: Inputs) -> None:
    document = unseal_time.document(option, given)
    assert json.loads(json.dumps(document)) == document
    for one in document["percentiles"].values():
        assert float(f"{one['seconds']:.2g}") == one["seconds"]
    assert (document["meets_rto"] is None) == (given.rto_min is None)
    assert not re.search(r"\d\.\d\d|\b100 %|\b0 %", " ".join(document["summary"]))
    assert "our assumptions" in document["summary"][-1]


@pytest.mark.parametrize("option", ALL)
def test_the_inputs_that_enter_an_estimate_are_shown_with_it_and_no_others(option: str) -> None:
    shown = unseal_time.document(option, Inputs())["inputs"]
    assert [one["name"] for one in shown] == [name for name, spec in SPECS.items() if option in spec.options]
    assert all(one["value"] == one["default"] and one["why"].endswith(".") for one in shown)


def test_what_sways_the_result_comes_first() -> None:
    swayed = unseal_time.sways("shamir", replace(OFFICE, rto_min=60.0))
    assert swayed[0][0].startswith("holder_")
    assert [missed for _, missed in swayed] == sorted((missed for _, missed in swayed), reverse=True)
    assert len(swayed) == 3
    faults = unseal_time.sways("static", Inputs(rto_min=30.0))
    assert {name for name, _ in faults} == {"fault_share", "fault_repair_min"}


def test_people_type_their_shares_on_every_node() -> None:
    found = unseal_time.estimate("shamir", Inputs(nodes=5, threshold=3, restarts_a_month=4.0, rto_min=60.0))
    assert found.entries == 60
    assert unseal_time.estimate("pkcs11", Inputs()).entries == 0
    assert found.meets is not None
    assert found.misses == pytest.approx(4 * (1 - found.meets))


@pytest.mark.parametrize(
    ("share", "restarts", "said"),
    [
        (0.5, 4.0, "At 4 restarts a month, about 2 a month miss it."),
        (0.9, 1.0, "At 1 restart a month, it is missed about once in 10 months."),
        (0.99, 1.0, "At 1 restart a month, it is missed about once in 8 years."),
        (0.9999, 1.0, "At 1 restart a month, fewer than one in 1,000 miss it."),
        (0.99, 0.01, "At 0.01 restarts a month, it is missed less than once in 100 years."),
        (0.5, 9000.0, "At 9000 restarts a month, about 4,500 a month miss it."),
        (0.5, 0.0, "Without restarts none can miss it."),
    ],
)
def test_how_often_the_objective_is_missed_is_said_in_words(share: float, restarts: float, said: str) -> None:
    assert unseal_time._misses(share, restarts * (1 - share), restarts) == said


@pytest.mark.parametrize("option", ALL)
@pytest.mark.parametrize("rto", [None, 0.1, 60.0, 1e6])
def test_the_drawing_stays_in_its_frame_and_says_in_words_what_it_shows(option: str, rto: float | None) -> None:
    given = replace(OFFICE, rto_min=rto)
    drawn = unseal_chart.chart(option, given)
    assert not re.search(r"style=|<style|\bid=|href|url\(", drawn)
    root = ElementTree.fromstring(drawn)
    assert root[1].text == " ".join(unseal_time.summary(option, given))
    high = float(root.attrib["height"])
    numbers = [float(one) for path in root.iter(f"{SVG}path") for one in re.findall(r"[\d.]+", path.attrib["d"])]
    assert all(0 <= number <= WIDTH for number in numbers)
    for text in root.iter(f"{SVG}text"):
        wide = 6.4 * len(text.text or "")
        left = float(text.attrib["x"]) - {"start": 0, "middle": wide / 2, "end": wide}[text.attrib["text-anchor"]]
        assert left >= 0
        assert left + wide <= WIDTH
        assert 0 < float(text.attrib["y"]) < high
    assert (len([1 for path in root.iter(f"{SVG}path") if path.get("class") == "rto"]) == 1) == (rto is not None)


# --- Inputs -----------------------------------------------------------------------------------------------------------


def test_every_input_is_explained_and_has_a_range_that_holds_its_default() -> None:
    assert list(fields(Inputs)) == list(SPECS)
    Inputs()  # would refuse


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"nodez": "3"}, "no input 'nodez'; did you mean 'nodes'"),
        ({"nodes": "three"}, "nodes: 'three' is no whole number"),
        ({"nodes": "2.5"}, "nodes: '2.5' is no whole number"),
        ({"nodes": "0"}, "nodes: 0 is out of range; 1 to 99"),
        ({"kms_availability": "99.9"}, "kms_availability: 99.9 is out of range; 0 to 1 share"),
        ({"kms_availability": "nan"}, "kms_availability: nan is out of range"),
        ({"rto_min": "inf"}, "rto_min: inf is out of range"),
        ({"threshold": "6"}, "threshold: 6 of 5 shares can never come together"),
        ({"holder_p90_min": "10"}, "holder_p90_min: must be above holder_median_min"),
        ({"restarts_a_month": ""}, "restarts_a_month: '' is no number"),
    ],
)
def test_an_input_that_makes_no_sense_is_refused(values: dict[str, str], message: str) -> None:
    with pytest.raises(InputsError, match=message):
        unseal_inputs.changed(Inputs(), values)


def test_inputs_of_a_form_take_the_place_of_our_assumptions() -> None:
    mine = unseal_inputs.changed(Inputs(rto_min=5.0), {"rto_min": " ", "nodes": "5", "kms_repair_h": "0.5"})
    assert (mine.rto_min, mine.nodes, mine.kms_repair_h) == (None, 5, 0.5)


def test_the_answers_set_what_they_know() -> None:
    office = unseal_inputs.given({"rto": "PT4H", "key_holders": "office_hours", "restarts": "weekly", "hsm": "single"})
    assert (office.rto_min, office.holder_days_a_week, office.restarts_a_month, office.hsm_members) == (240, 5, 4, 1)
    assert unseal_inputs.given({"rto": None, "hsm": "clustered"}) == Inputs()
    assert unseal_inputs.given({"rto": "PT0S"}).rto_min == 0.1
    assert unseal_inputs.given({"rto": "P999999D"}).rto_min == 1e6
    assert unseal_inputs.given({"key_holders": "around_the_clock"}).holder_median_min == 5


def test_the_page_of_the_docs_names_every_input_with_its_default() -> None:
    page = (Path(__file__).parents[2] / "docs/blast-radius.md").read_text(encoding="utf-8")
    for name in fields(Inputs):
        if name != "rto_min":
            assert f"| `{name}` | {getattr(Inputs(), name):g} |" in page, name
