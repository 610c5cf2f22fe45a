"""What every kind of fact shares: a problem with a file, and what the collector said about it."""

from __future__ import annotations

from datetime import datetime

from seal_advisor.core.record import Record


class Problem(Record):
    """Something wrong with a file, as the program that reads it would say.

    effect: "refused" (the server does not start), "warned" (it starts and says so) or "ignored" (silently without
    effect).
    code: stable word for tests and machines, such as "seal_unknown_key".
    """

    code: str
    message: str
    line: int | None
    effect: str
    remedy: str = ""
    source: str = ""


class Declared(Record):
    """What the person who hands an artefact in says about it; nothing here is read from the file.

    product: "vault" or "openbao"; product_basis: "declared", or "answers" when the answers imply it.
    version: such as "1.21.3". node: name of the Vault node it comes from.
    observed_from, observed_to: the period it speaks of, aware. source: who or what collected it, free text.
    """

    product: str | None = None
    version: str | None = None
    node: str | None = None
    observed_from: datetime | None = None
    observed_to: datetime | None = None
    source: str = ""
    product_basis: str = "declared"
