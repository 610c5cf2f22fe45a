"""Whoever wrote a revision does not approve it, held by the database: triggers on votes and sign-offs, both engines.

An author is who froze the revision, and whoever had changed an answer of its design until then: the review's `authors`,
recorded when it is opened, a list that only grows. The triggers read tables of this app only: SQLite refuses to rebuild
a table that another table's trigger names, and a migration of seal_advisor must not stumble over a trigger of ours.
"""

from __future__ import annotations

from django.db import migrations
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

SAID = "an author of the revision does not approve it"
# table -> when a new row is an approval
APPROVALS = {"evidence_vote": "NEW.choice IN ('approve', 'conditions')", "evidence_signoff": "TRUE"}
# An approval by an author, or of a review for which nobody has recorded the authors.
IS_AUTHOR = """(NOT EXISTS (SELECT 1 FROM evidence_review_authors a WHERE a.review_id = NEW.review_id)
 OR EXISTS (SELECT 1 FROM evidence_review_authors a WHERE a.review_id = NEW.review_id AND a.user_id = NEW.user_id))"""


def forbid_own_approval(connection: BaseDatabaseWrapper, table: str) -> None:
    """Create the table's trigger. SQLite and PostgreSQL; another engine is an error, not a gap."""
    when = APPROVALS[table]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f"CREATE FUNCTION {table}_four_eyes() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                f"IF {when} AND {IS_AUTHOR} THEN "
                f"RAISE EXCEPTION '{SAID}' USING ERRCODE = 'integrity_constraint_violation'; END IF; "
                "RETURN NEW; END $$"
            )
            cursor.execute(
                f"CREATE TRIGGER {table}_four_eyes BEFORE INSERT OR UPDATE ON {table} "
                f"FOR EACH ROW EXECUTE FUNCTION {table}_four_eyes()"
            )
        elif connection.vendor == "sqlite":
            for operation in ("INSERT", "UPDATE"):
                cursor.execute(
                    f"CREATE TRIGGER {table}_four_eyes_{operation.lower()} BEFORE {operation} ON {table} "
                    f"WHEN {when} AND {IS_AUTHOR} BEGIN SELECT RAISE(ABORT, '{SAID}'); END"
                )
        else:
            raise RuntimeError(f"no four-eyes trigger for the database {connection.vendor!r}")


def allow_own_approval(connection: BaseDatabaseWrapper, table: str) -> None:
    """Drop the table's trigger."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"DROP TRIGGER IF EXISTS {table}_four_eyes ON {table}")
            cursor.execute(f"DROP FUNCTION IF EXISTS {table}_four_eyes()")
        else:
            for operation in ("insert", "update"):
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_four_eyes_{operation}")


def four_eyes() -> migrations.RunPython:
    """The migration that puts the triggers in place, and its way back."""

    def forwards(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        for table in APPROVALS:
            forbid_own_approval(schema_editor.connection, table)

    def backwards(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        for table in APPROVALS:
            allow_own_approval(schema_editor.connection, table)

    return migrations.RunPython(forwards, backwards)
