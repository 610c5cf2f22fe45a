"""A hundred single changed bytes over all parts of a package with every kind of time-stamp: each is reported."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache

import pytest

from evidence import sealing
from evidence.core import signing
from evidence.core.archive import Built
from evidence.core.levels import Level
from evidence.core.verify import verify
from evidence.timestamps import Authority as Stamper
from tests import timestamps
from tests.conftest import _or_skip
from tests.evidence import packages
from tests.evidence.changes import Target, unseen
from tests.timestamps import Authority

NOW = datetime.now(UTC).replace(microsecond=0)


@cache
def target(tsa: Authority, level: Level) -> Target:
    """A package of one plain page, so that a look at it is quick; everything around that page is as it always is."""
    plan = sealing.Plan(level, Stamper(tsa.tsa()), (tsa.anchor,))
    built: Built = sealing.build(
        packages.package(now=NOW), signing.from_pkcs12(tsa.pkcs12(), None), plan, render=packages.plain_page
    )[1]
    return Target(built, NOW)


@pytest.fixture(scope="module")
def tsa() -> Iterator[Authority]:
    missing = timestamps.missing()
    if missing is not None:
        _or_skip(missing)
    with timestamps.authority() as running:
        yield running


def test_what_is_to_be_changed_is_valid_and_has_every_part(tsa: Authority) -> None:
    whole = target(tsa, Level.B_LTA)
    for data in (whole.whole, whole.built.report):
        assert verify(data, now=NOW, again=False).valid
    kinds = {name.split(":")[0] for name in whole.parts}
    assert kinds == {"archive", "member", "report"}
    assert sum(name.startswith("member") for name in whole.parts) == sum(bool(data) for _, data in whole.built.files)
    assert sum(name.startswith("report") for name in whole.parts) == 9  # two holes of four parts, and the end


@pytest.mark.parametrize(("level", "count"), [(Level.B_LTA, 100), (Level.B_T, 25)])
def test_every_changed_byte_is_reported_and_its_member_named(tsa: Authority, level: Level, count: int) -> None:
    assert unseen(target(tsa, level), count, random.Random(20261124)) == []
