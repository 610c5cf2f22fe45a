"""Costs come from the user's own figures; what was not given is missing, and never 0."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seal_advisor.core import blast_radius, costs

HSM = """
currency = "EUR"
[staff]
rate = 80.50
[hsm]
count = 2
price = 10000
years = 3
support = 1500
rented = 0
staff_hours = 100
[pkcs11]
licence = 0
"""


def test_a_year_is_the_sum_of_its_lines_to_the_cent() -> None:
    one = costs.cost("pkcs11", costs.loads(HSM))
    assert {line.what: str(line.amount) for line in one.lines} == {
        "HSMs bought, spread over their use": "6666.67",
        "Support of the HSMs": "3000.00",
        "HSMs rented": "0.00",  # nothing is rented, so the rent need not be known
        "Work on the HSMs": "8050.00",
        "Licences": "0.00",
    }
    assert (one.missing, str(one.total)) == ((), "17716.67")
    requests = "[kms]\nrequests = 25000\nper_10000_requests = 0.03\nkeys = 1\nkey_month = 1\nstaff_hours = 0\n"
    assert str(costs.cost("cloud_kms", costs.loads(requests)).total) == "12.90"


def test_a_missing_figure_is_named_and_no_total_is_shown() -> None:
    one = costs.cost("pkcs11", costs.loads(HSM.replace("support = 1500\n", "")))
    assert (one.missing, one.total, str(one.known)) == (("hsm.support",), None, "14716.67")
    shown = costs.text(one, "HSM over PKCS#11", "EUR")
    assert re.search(r"missing  Support of the HSMs \(hsm.count 2\)", shown)
    assert "no total: not given are hsm.support; known so far 14,716.67 EUR" in shown
    assert costs.document([one], "EUR", {})["options"][0]["total"] is None


@given(st.sets(st.sampled_from(sorted(costs.FIGURES))), st.integers(1, 10**6))
def test_no_option_has_a_total_while_a_figure_that_it_needs_is_missing(names: set[str], value: int) -> None:
    figures = costs.Figures("", dict.fromkeys(names, Decimal(value)))
    for option, lines in costs.OPTIONS.items():
        needed = {name for line in lines for name in (*line.figures, *filter(None, [line.over]))}
        one = costs.cost(option, figures)
        assert set(one.missing) == needed - names
        assert (one.total is None) == bool(needed - names)


def test_the_largest_figures_are_multiplied_to_the_cent() -> None:
    one = costs.cost("shamir", costs.Figures("", dict.fromkeys(costs.FIGURES, costs.MOST)))
    assert str(one.total) == f"{10**60 + 10**12 + 10**24}.00"


def test_every_option_is_priced_and_every_figure_is_used() -> None:
    assert set(costs.OPTIONS) == set(blast_radius.OPTIONS)
    used = {name for lines in costs.OPTIONS.values() for line in lines for name in (*line.figures, line.over)}
    assert used - {""} == set(costs.FIGURES)


def test_the_template_is_a_file_of_missing_figures_that_can_be_filled_in() -> None:
    empty = costs.template()
    assert costs.loads(empty).values == {}
    filled = re.sub(r"(?m)^# (\w+) = $", r"\1 = 2", empty)
    assert costs.loads(filled).values == dict.fromkeys(costs.FIGURES, Decimal(2))
    assert all(what in empty for what in costs.FIGURES.values())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[hms]\nprice = 1\n", "no table 'hms'; did you mean 'hsm'?"),
        ("[hsm]\nprise = 1\n", "hsm: no figure 'prise'; did you mean 'price'?"),
        ("[hsm]\nprice = -1\n", "hsm.price: must be 0 or more"),
        ("[hsm]\nprice = nan\n", "hsm.price: must be 0 or more"),
        ("[hsm]\nyears = 0\n", "hsm.years: must be above 0"),
        ("[hsm]\nprice = true\n", "hsm.price: must be a number: one HSM, price"),
        ('[hsm]\nprice = "1"\n', "hsm.price: must be a number"),
        ("hsm = 1\n", "hsm: must be a table"),
        ("currency = 1\n", "currency: write a short text"),
        ("[hsm\n", "neither TOML nor JSON"),
        ('{"hsm": {"price": Infinity}}', "hsm.price: must be a number"),
        ('{"hsm": ', "neither TOML nor JSON"),
    ],
)
def test_what_is_no_figure_is_refused_by_name(text: str, message: str) -> None:
    with pytest.raises(costs.CostsError, match=re.escape(message)):
        costs.loads(text)


def test_json_says_the_same_and_null_is_missing() -> None:
    read = costs.loads('{"currency": "EUR", "hsm": {"price": 0.1, "count": null}}')
    assert read == costs.Figures("EUR", {"hsm.price": Decimal("0.1")})
