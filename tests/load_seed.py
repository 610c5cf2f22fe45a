"""Run in an installation of its own (`python -m tests.load_seed COUNT`): people, designs and rows before the load.

Prints one line of JSON: a token for each of 2 x COUNT people, COUNT designs that they work on. 10 x COUNT designs in
all, and 10,000 x COUNT rows of evidence spread over those that nobody works on, written by the database itself.
"""

from __future__ import annotations

import json
import os
import sys
import uuid

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "seal_advisor.settings")
django.setup()

from django.db import connection  # noqa: E402 - Django comes first

from evidence.models import Artefact  # noqa: E402
from seal_advisor.models import Design  # noqa: E402
from tests import factories  # noqa: E402

DESIGNS_EACH, ROWS_EACH, PEOPLE_EACH = 10, 10_000, 2


def seed(count: int) -> dict[str, list[str]]:
    people = [factories.member(f"editor-{number}", "architect") for number in range(PEOPLE_EACH * count)]
    first = factories.design(people[0])
    like = {"organisation": first.organisation, "answers": first.answers, "ruleset_version": first.ruleset_version}
    designs = Design.objects.bulk_create(
        Design(id=uuid.uuid4(), author=people[0], title=f"Design {number}", **like)
        for number in range(DESIGNS_EACH * count)
    )
    worked_on, at_rest = designs[:count], designs[count:]
    _rows([str(one.pk) for one in at_rest], ROWS_EACH * count, people[0].pk)
    held = [factories.token(person)[1] for person in people]
    return {"tokens": held, "designs": [str(one.pk) for one in worked_on], "full": [str(at_rest[0].pk)]}


def _rows(designs: list[str], count: int, uploader: int) -> None:
    """One statement: a million rows through Django would take longer than the load."""
    given = {
        "sha256": "md5('a' || n) || md5('b' || n)", "size": "1000", "name": "'config-' || n || '.hcl'",
        "kind": "'opaque'", "declared_kind": "''",
        "redactions": "'[]'", "product": "''", "product_version": "''", "node": "''",
        "source": "''", "received_at": "now() - n * interval '1 second'", "uploader_id": str(uploader),
        "uploader_label": "'seed'", "claims": "'{}'", "within": "'[]'", "blob": "'00/' || n", "blob_size": "1000",
        "blob_sha256": "md5('c' || n) || md5('d' || n)", "id": "gen_random_uuid()",
        "design_id": "(%s::uuid[])[1 + n %% array_length(%s::uuid[], 1)]",
    }  # fmt: skip
    words = f"INSERT INTO {Artefact._meta.db_table} ({', '.join(given)}) SELECT {', '.join(given.values())}"
    with connection.cursor() as cursor:
        cursor.execute(f"{words} FROM generate_series(1, %s) AS n", [designs, designs, count])
        cursor.execute("ANALYZE")


if __name__ == "__main__":
    print(json.dumps(seed(int(sys.argv[1]))))
