"""Tables that only grow, held by the database itself: a trigger refuses every UPDATE and DELETE, whoever asks.

Where rows have an end (a statement that counts no more), only named columns are fixed, and no row can be deleted.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import migrations
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

OPERATIONS = ("UPDATE", "DELETE")
POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'table % only grows', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END $$
"""


def forbid_change(connection: BaseDatabaseWrapper, table: str, columns: Sequence[str] = ()) -> None:
    """Create the table's triggers. SQLite and PostgreSQL; another engine is an error, not a gap.

    columns: those that an UPDATE must not name; () = none may be changed.
    """
    named = " OF " + ", ".join(f'"{column}"' for column in columns) if columns else ""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(POSTGRESQL_FUNCTION)
            cursor.execute(
                f"CREATE TRIGGER {table}_only_grows BEFORE UPDATE{named} OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            )
        elif connection.vendor == "sqlite":
            for operation in OPERATIONS:
                cursor.execute(
                    f"CREATE TRIGGER {table}_no_{operation.lower()} "
                    f"BEFORE {operation}{named if operation == 'UPDATE' else ''} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, 'table {table} only grows'); END"
                )
        else:
            raise RuntimeError(f"no append-only triggers for the database {connection.vendor!r}")


def allow_change(connection: BaseDatabaseWrapper, table: str) -> None:
    """Drop the table's triggers."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"DROP TRIGGER IF EXISTS {table}_only_grows ON {table}")
        else:
            for operation in OPERATIONS:
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{operation.lower()}")


def only_grows(*tables: str) -> migrations.RunPython:
    """The migration that makes these tables append-only, and its way back.

    Also after one that changes such a table: SQLite makes a new one then, without the old one's triggers.
    """

    def forwards(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        for table in tables:
            allow_change(schema_editor.connection, table)
            forbid_change(schema_editor.connection, table)

    def backwards(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        for table in tables:
            allow_change(schema_editor.connection, table)

    return migrations.RunPython(forwards, backwards)


def fixed(table: str, *columns: str) -> migrations.RunPython:
    """The migration that fixes these columns of a table and forbids to delete its rows, and its way back."""

    def forwards(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        forbid_change(schema_editor.connection, table, columns)

    def backwards(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        allow_change(schema_editor.connection, table)

    return migrations.RunPython(forwards, backwards)
