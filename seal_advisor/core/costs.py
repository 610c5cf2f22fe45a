"""What each option costs in a year, from figures that the user enters. No price is ours.

A cost line is a product of figures. A figure that was not given is named as missing, and neither its line nor the
option's total then has an amount: nothing that is unknown counts as 0. Whoever does not pay for something writes 0.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from seal_advisor.core import words
from seal_advisor.core.record import Record

MOST = Decimal(10) ** 12
CENT = Decimal("0.01")
EXACT = Context(prec=100)  # the usual 28 digits do not hold the product of five large figures to the cent

# "table.name": what to enter, with its unit
FIGURES: Mapping[str, str] = {
    "staff.rate": "an hour of your staff, price",
    "servers.nodes": "Vault or OpenBao servers, number",
    "servers.restarts": "restarts of one server in a year, number",
    "hsm.count": "HSMs that you buy, number (0 when you rent)",
    "hsm.price": "one HSM, price",
    "hsm.years": "years that an HSM is used, number above 0",
    "hsm.support": "support of one bought HSM for a year, price",
    "hsm.rented": "HSMs that you rent from a provider, number",
    "hsm.rent": "rent of one HSM for a month, price",
    "hsm.staff_hours": "hours that people spend on the HSMs in a year: ceremonies, firmware, backups, audits",
    "kms.keys": "keys in the cloud KMS, number",
    "kms.key_month": "one key for a month, price",
    "kms.requests": "requests to the KMS in a month, number",
    "kms.per_10000_requests": "10,000 requests, price",
    "kms.staff_hours": "hours that people spend on the KMS in a year: permissions, rotation, reviews",
    "pkcs11.licence": "licences for a year that only the PKCS#11 seal needs, price",
    "multi_seal.licence": "licences for a year that only several seals at once need, price",
    "shamir.holders": "people who enter their share at one unsealing, number",
    "shamir.hours": "hours that one of them spends on one unsealing",
    "shamir.standby": "standby of the key holders for a year, price",
    "shamir.ceremony_hours": "hours that all who attend spend on key ceremonies in a year",
    "transit.nodes": "servers of the Vault that unseals, number",
    "transit.node_month": "one of these servers for a month, price",
    "transit.licence": "licences of the Vault that unseals for a year, price",
    "transit.own_seal": "the seal of the Vault that unseals for a year, price (a line of another option below)",
    "transit.staff_hours": "hours that people spend on the Vault that unseals in a year",
    "kmip.server": "the KMIP server for a year with licences and support, price",
    "kmip.staff_hours": "hours that people spend on the KMIP server in a year",
    "static.distribution": "the means that hands the key to the servers for a year, price",
    "static.staff_hours": "hours that people spend on the key file in a year: rotation, reviews",
}
ABOVE_ZERO = ("hsm.years",)


class CostsError(Exception):
    """The figures cannot be understood; the text names the figure and, for a wrong name, the nearest valid one."""


class Figures(Record):
    """values: the figures that were given, by "table.name"; currency: as the user writes it."""

    currency: str
    values: Mapping[str, Decimal]


class Product(Record):
    """A cost line as it is computed: the product of figures, times a number, over a figure."""

    what: str
    figures: tuple[str, ...]
    times: Decimal = Decimal(1)
    over: str = ""


class Line(Record):
    """A cost line of a year. quoted: the figures it rests on; amount: None while one of `missing` is not given."""

    what: str
    quoted: Mapping[str, Decimal]
    missing: tuple[str, ...]
    amount: Decimal | None


class OptionCost(Record):
    """One option's year. known: the sum of the lines that have an amount; total: None while anything is missing."""

    option: str
    lines: tuple[Line, ...]
    missing: tuple[str, ...]
    known: Decimal
    total: Decimal | None


MONTHS = Decimal(12)
HSM = (
    Product("HSMs bought, spread over their use", ("hsm.count", "hsm.price"), over="hsm.years"),
    Product("Support of the HSMs", ("hsm.count", "hsm.support")),
    Product("HSMs rented", ("hsm.rented", "hsm.rent"), MONTHS),
    Product("Work on the HSMs", ("hsm.staff_hours", "staff.rate")),
)
KMS = (
    Product("Keys in the KMS", ("kms.keys", "kms.key_month"), MONTHS),
    Product("Requests to the KMS", ("kms.requests", "kms.per_10000_requests"), MONTHS / 10_000),
    Product("Work on the KMS", ("kms.staff_hours", "staff.rate")),
)
OPTIONS: Mapping[str, tuple[Product, ...]] = {
    "pkcs11": (*HSM, Product("Licences", ("pkcs11.licence",))),
    "cloud_kms": KMS,
    "shamir": (
        Product(
            "Unsealing by hand",
            ("servers.nodes", "servers.restarts", "shamir.holders", "shamir.hours", "staff.rate"),
        ),
        Product("Standby of the key holders", ("shamir.standby",)),
        Product("Key ceremonies", ("shamir.ceremony_hours", "staff.rate")),
    ),
    "transit": (
        Product("Servers of the Vault that unseals", ("transit.nodes", "transit.node_month"), MONTHS),
        Product("Its licences", ("transit.licence",)),
        Product("Its own seal", ("transit.own_seal",)),
        Product("Work on it", ("transit.staff_hours", "staff.rate")),
    ),
    # Several seals are priced as an HSM and a cloud KMS together; what there is only once is entered as 0.
    "multi_seal": (*HSM, *KMS, Product("Licences", ("multi_seal.licence",))),
    "kmip": (
        Product("KMIP server", ("kmip.server",)),
        Product("Work on the KMIP server", ("kmip.staff_hours", "staff.rate")),
    ),
    "static": (
        Product("Handing out the key", ("static.distribution",)),
        Product("Work on the key file", ("static.staff_hours", "staff.rate")),
    ),
}


def loads(text: str) -> Figures:
    """A TOML or JSON text (which starts with a brace) with figures. Raises CostsError."""
    try:
        if text.lstrip().startswith("{"):
            return parse(json.loads(text, parse_float=Decimal))
        return parse(tomllib.loads(text, parse_float=Decimal))
    except RecursionError:
        raise CostsError("nested too deep for figures") from None
    except ValueError as error:
        raise CostsError(f"neither TOML nor JSON: {error}") from None


def parse(document: object) -> Figures:
    """{"currency": "EUR", "hsm": {"price": 20000}} as figures. Raises CostsError."""
    if not isinstance(document, dict):
        raise CostsError("write tables of figures, such as [hsm] price = ...; `costs --template` prints them all")
    tables = sorted({name.split(".")[0] for name in FIGURES})
    currency = document.get("currency", "")
    if not isinstance(currency, str) or len(currency) > 12 or not currency.isprintable():
        raise CostsError("currency: write a short text, such as 'EUR'")
    values = {}
    for table, figures in document.items():
        if table == "currency":
            continue
        words.known(table, ["currency", *tables], "no table", CostsError)
        if not isinstance(figures, dict):
            raise CostsError(f"{table}: must be a table of figures")
        for name, value in figures.items():
            here = [one.split(".")[1] for one in FIGURES if one.startswith(f"{table}.")]
            words.known(name, here, f"{table}: no figure", CostsError)
            if value is not None:  # JSON's way to leave a figure open
                values[f"{table}.{name}"] = _number(f"{table}.{name}", value)
    return Figures(currency, values)


def _number(name: str, value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise CostsError(f"{name}: must be a number: {FIGURES[name]}")
    number = Decimal(value)
    if not number.is_finite() or not 0 <= number <= MOST or (name in ABOVE_ZERO and not number):
        low = "above 0" if name in ABOVE_ZERO else "0 or more"
        raise CostsError(f"{name}: must be {low} and at most {MOST:,f}")
    return number


def cost(option: str, figures: Figures) -> OptionCost:
    """The year of one option. Raises KeyError for an option that has no lines."""
    lines = tuple(_line(one, figures.values) for one in OPTIONS[option])
    missing = tuple(dict.fromkeys(name for line in lines for name in line.missing))
    known = Decimal(0)
    for line in lines:
        known = EXACT.add(known, line.amount or Decimal(0))
    return OptionCost(option, lines, missing, known, None if missing else known)


def _line(product: Product, values: Mapping[str, Decimal]) -> Line:
    """An amount is known, too, when a figure is missing but another one is 0: nothing of it costs nothing."""
    named = (*product.figures, product.over) if product.over else product.figures
    quoted = {name: values[name] for name in named if name in values}
    if any(quoted.get(name) == 0 for name in product.figures):
        return Line(product.what, quoted, (), Decimal(0).quantize(CENT))
    missing = tuple(name for name in named if name not in values)
    if missing:
        return Line(product.what, quoted, missing, None)
    amount = product.times
    for name in product.figures:
        amount = EXACT.multiply(amount, values[name])
    if product.over:
        amount = EXACT.divide(amount, values[product.over])
    return Line(product.what, quoted, (), amount.quantize(CENT, ROUND_HALF_UP, context=EXACT))


def document(costs: Sequence[OptionCost], currency: str, states: Mapping[str, str]) -> dict[str, Any]:
    """The JSON of `costs --format json`. Amounts and figures are texts, so that no reader rounds them.

    states: option id -> what the decision says of it; empty without answers.
    """
    return {
        "currency": currency,
        "per": "year",
        "options": [
            {
                "id": one.option,
                "state": states.get(one.option),
                "total": None if one.total is None else str(one.total),
                "known": str(one.known),
                "missing": list(one.missing),
                "lines": [
                    {
                        "what": line.what,
                        "amount": None if line.amount is None else str(line.amount),
                        "figures": {name: f"{value:f}" for name, value in line.quoted.items()},
                        "missing": list(line.missing),
                    }
                    for line in one.lines
                ],
            }
            for one in costs
        ],
    }


def text(one: OptionCost, title: str, currency: str, state: str = "") -> str:
    """One option for a terminal: each line with the figures that it quotes, what is missing, the total."""
    lines = [f"{title}{': ' + state if state else ''}"]
    for line in one.lines:
        quoted = ", ".join(f"{name} {value:,f}" for name, value in line.quoted.items())
        amount = "missing" if line.amount is None else f"{line.amount:,.2f}"
        lines.append(f"  {amount:>16}  {line.what}{f' ({quoted})' if quoted else ''}")
    unit = f" {currency}" if currency else ""
    if one.total is None:
        lines.append(f"  no total: not given are {', '.join(one.missing)}; known so far {one.known:,.2f}{unit}")
    else:
        lines.append(f"  {one.total:>16,.2f}{unit} a year")
    return "\n".join(lines)


def template() -> str:
    """An empty file of figures, each explained; as it stands everything is missing."""
    lines = [
        "# Figures for `seal-advisor costs`. Take the # off a line and enter your own figure; write 0 for what you do",
        "# not pay. What stays commented out is missing, and every total that needs it says so. No price is ours.",
        '# currency = "EUR"',
    ]
    table = ""
    for name, what in FIGURES.items():
        head, _, figure = name.partition(".")
        if head != table:
            table = head
            lines += ["", f"[{table}]"]
        lines += [f"# {what}", f"# {figure} = "]
    return "\n".join(lines) + "\n"
