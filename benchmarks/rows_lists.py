"""P26: the last page of a long evidence list, by cursor, against a first page and against OFFSET.

What is timed is the API's own pagination over the rows that access.py gives: SQL, rows and their people, no JSON. The
list has 10^5 files, 10^6 with SIZE=full; OFFSET gets worse in proportion to them, so its goal follows that number.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from functools import cache

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "seal_advisor.settings")
if "SEAL_ADVISOR_DATA" not in os.environ:  # a benchmark never touches the data of an installation
    os.environ["SEAL_ADVISOR_DATA"] = tempfile.mkdtemp(prefix="seal-advisor-bench-")

import django

django.setup()

from django.core.management import call_command  # noqa: E402 - Django reads its settings first
from django.db import connection  # noqa: E402
from rest_framework.pagination import Cursor  # noqa: E402
from rest_framework.request import Request  # noqa: E402
from rest_framework.test import APIRequestFactory  # noqa: E402

from benchmarks.ratio import Row  # noqa: E402
from evidence.access import artefacts_of  # noqa: E402
from evidence.models import Artefact  # noqa: E402
from seal_advisor.access import Actor  # noqa: E402
from seal_advisor.api.pagination import NewestReceivedFirst  # noqa: E402
from seal_advisor.models import Design, Membership, Organisation, User  # noqa: E402

SHORT = 1000
LONG = 1_000_000 if os.environ.get("SIZE") == "full" else 100_000
PAGE = NewestReceivedFirst.page_size
GOAL_AGAINST_OFFSET = 50 * LONG / 1_000_000  # fifty times as fast at a million rows
COLUMNS = {
    "id": "lower(hex(randomblob(16)))",
    "sha256": "lower(hex(randomblob(32)))",
    "received_at": "strftime('%Y-%m-%d %H:%M:%S', '2020-01-01', '+' || n || ' seconds')",
    "name": "'node-' || (n % 9) || '.log'",
    "kind": "'server_log'",
    "facts": """'{"format": "json", "lines": 4096, "first": "2026-01-01T00:00:00Z"}'""",
    "redactions": "'[]'",
    "blob_sha256": "lower(hex(randomblob(32)))",
}


@cache
def _actor() -> Actor:
    call_command("migrate", verbosity=0)
    user, _ = User.objects.get_or_create(username="bench")
    organisation, _ = Organisation.objects.get_or_create(name="Bench")
    Membership.objects.get_or_create(organisation=organisation, user=user, defaults={"role": "architect"})
    return Actor(user)


@cache
def _list_of(number: int) -> Design:
    """A design with so many files, written by one statement; every other column has its field's default."""
    user = _actor().user
    organisation = Organisation.objects.get(name="Bench")
    design = Design.objects.create(organisation=organisation, title=f"{number} files", author=user)
    given = {**COLUMNS, "design_id": f"'{design.pk.hex}'", "uploader_id": str(user.pk)}
    values = {field.column: given.get(field.column, _default(field)) for field in Artefact._meta.local_fields}
    names = ", ".join(f'"{name}"' for name in values)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < {number}) "
            f"INSERT INTO {Artefact._meta.db_table} ({names}) SELECT {', '.join(values.values())} FROM counted"
        )
        cursor.execute("ANALYZE")
    return design


def _default(field: object) -> str:
    """A column's value where it does not matter, as SQL."""
    kind = type(field).__name__
    if getattr(field, "null", False):
        return "NULL"
    return "'{}'" if kind == "JSONField" else "0" if "Integer" in kind else "''"


def _page(number: int, position: str | None) -> list[Artefact]:
    """A page of the list after this moment of receipt, as the API cuts it; None: the first."""
    pages = NewestReceivedFirst()
    query = {} if position is None else {"cursor": _encoded(pages, position)}
    request = Request(APIRequestFactory().get("/api/v1/designs/", query, SERVER_NAME="localhost"))
    found = pages.paginate_queryset(artefacts_of(_actor(), _list_of(number)), request)
    return list(found or ())


def _encoded(pages: NewestReceivedFirst, position: str) -> str:
    pages.base_url = "http://bench/"
    link = pages.encode_cursor(Cursor(offset=0, reverse=False, position=position))
    return str(link).rpartition("cursor=")[2].replace("%3D", "=")


@cache
def _before_the_last_page() -> str:
    """The moment of receipt of the file that stands before the last page."""
    oldest = Artefact.objects.filter(design=_list_of(LONG)).order_by("received_at")[PAGE : PAGE + 1].get()
    return str(oldest.received_at)


def _last_by_cursor() -> list[Artefact]:
    return _page(LONG, _before_the_last_page())


def _first_of_the_short_list() -> list[Artefact]:
    return _page(SHORT, None)


def _last_by_offset() -> list[Artefact]:
    return list(artefacts_of(_actor(), _list_of(LONG))[LONG - PAGE : LONG])


def _full(ours: object, baseline: object) -> None:
    assert isinstance(ours, list)
    assert isinstance(baseline, list)
    assert len(ours) == len(baseline) == PAGE


def _same(ours: object, baseline: object) -> None:
    _full(ours, baseline)
    assert [one.pk for one in ours] == [one.pk for one in baseline]  # type: ignore[attr-defined]


def rows() -> list[Row]:
    many = "10^6" if LONG == 1_000_000 else "10^5"
    first = f"evidence list, last page by cursor of {many} files / first page of 10^3"
    return [
        _row("P26.1", first, _first_of_the_short_list, 2, _full),
        _row("P26.2", "the same / OFFSET (1/50 at 10^6)", _last_by_offset, 1 / GOAL_AGAINST_OFFSET, _same, once=True),
    ]


def _row(
    key: str,
    what: str,
    baseline: Callable[[], object],
    target: float,
    check: Callable[[object, object], None],
    *,
    once: bool = False,
) -> Row:
    return Row(
        id=key,
        what=what,
        ours=_last_by_cursor,
        baseline=baseline,
        target=target,
        check=check,
        repeat=(50, 1 if once else 50),
        baseline_name=baseline.__name__.strip("_").replace("_", " "),
    )
