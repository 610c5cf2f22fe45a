"""Two versions side by side: no migration after the released ones takes away what the code before it uses.

That a web serves while the next version migrates is tried in test_faults.py.
"""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

# The last migrations of the newest release: they are out and never edited. What comes after them is checked.
RELEASED = {"seal_advisor": "0006_first_passwords", "evidence": "0015_shared_certificates"}
HARMLESS = (
    migrations.CreateModel,
    migrations.AddIndex,
    migrations.RemoveIndex,
    migrations.RemoveConstraint,
    migrations.AlterModelOptions,
    migrations.AlterModelManagers,
    migrations.RunPython,  # rows and triggers: whoever writes one reads this and knows
)


def objections(app: str, operations: Iterable[Operation], state: ProjectState) -> list[str]:
    """What of these the code before them would trip over: it names every column that it knows and no other.

    A column may come when a row can be written without it; none may go, be renamed or become narrower. What is not
    known here is refused. A table that is new as well is nobody's yet.
    """
    found, new = [], set()
    for operation in operations:
        model = getattr(operation, "model_name", "").lower()
        if isinstance(operation, migrations.CreateModel):
            new.add(operation.name.lower())
        elif model in new or isinstance(operation, HARMLESS):
            pass
        elif isinstance(operation, migrations.AddField):
            if not _fills_itself(operation.field):
                found.append(f"{model}.{operation.name}: rows of old code come without it (null, or db_default)")
        elif isinstance(operation, migrations.AlterField):
            before = state.models[app, model].fields[operation.name]
            if _is_narrower(before, operation.field):
                found.append(f"{model}.{operation.name}: it became narrower")
        else:
            found.append(f"{type(operation).__name__} of {model or 'a table'}: old code may need what it changes")
        operation.state_forwards(app, state)
    return found


def _fills_itself(field: models.Field) -> bool:  # type: ignore[type-arg]
    """A default of Django's is written by the code that knows it; the database must have one, or take NULL."""
    return bool(field.null or field.many_to_many or field.db_default is not models.NOT_PROVIDED)


def _is_narrower(before: models.Field, after: models.Field) -> bool:  # type: ignore[type-arg]
    shorter = (after.max_length or 0) < (before.max_length or 0)
    return type(before) is not type(after) or shorter or (before.null > after.null) or (after.unique > before.unique)


def test_every_migration_since_the_release_leaves_old_code_working() -> None:
    loader = MigrationLoader(None)
    for app, released in RELEASED.items():
        assert (app, released) in loader.disk_migrations, "a released migration is gone"
        for key in sorted(key for key in loader.disk_migrations if key[0] == app and key[1] > released):
            state = loader.project_state(key, at_end=False)
            assert objections(app, loader.disk_migrations[key].operations, state) == [], key


TEXT = models.CharField(max_length=40)


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        (migrations.RemoveField("design", "title"), "RemoveField"),
        (migrations.RenameField("design", "title", "name"), "RenameField"),
        (migrations.RenameModel("Design", "Plan"), "RenameModel"),
        (migrations.DeleteModel("AnswerChange"), "DeleteModel"),
        (migrations.RunSQL("SELECT 1"), "RunSQL"),
        (migrations.AddField("design", "colour", TEXT), "rows of old code"),
        (migrations.AddField("design", "colour", models.CharField(max_length=40, default="")), "rows of old code"),
        (migrations.AlterField("design", "title", TEXT), "narrower"),
        (migrations.AlterField("answerchange", "before", models.JSONField()), "narrower"),
        (migrations.AlterField("design", "title", models.TextField()), "narrower"),
        (migrations.AlterField("design", "title", models.CharField(max_length=200, unique=True)), "narrower"),
        (
            migrations.AddConstraint("design", models.UniqueConstraint(fields=["title"], name="one")),
            "AddConstraint",
        ),
    ],
)  # fmt: skip
def test_what_old_code_would_trip_over_is_refused(operation: Operation, words: str) -> None:
    (found,) = objections("seal_advisor", [operation], MigrationLoader(None).project_state())
    assert words in found


def test_what_is_only_new_is_let_through() -> None:
    allowed = [
        migrations.CreateModel("Colour", [("id", models.BigAutoField(primary_key=True))]),
        migrations.AddField("colour", "name", TEXT),
        migrations.AddField("design", "colour", models.CharField(max_length=40, db_default="")),
        migrations.AddField("design", "shade", models.CharField(max_length=40, null=True)),
        migrations.AlterField("design", "title", models.CharField(max_length=300)),
        migrations.AddIndex("design", models.Index(fields=["title"], name="by_title")),
    ]
    assert objections("seal_advisor", allowed, MigrationLoader(None).project_state()) == []
