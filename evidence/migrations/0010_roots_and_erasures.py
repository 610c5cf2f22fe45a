
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from evidence.core.custody import Frontier
from seal_advisor.append_only import allow_change, only_grows

LEDGER = "evidence_ledgerentry"


def fill(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The roots of the tree up to each entry that is there already, from the leaves as they stand."""
    allow_change(schema_editor.connection, LEDGER)
    entries = apps.get_model("evidence", "LedgerEntry")
    frontier = Frontier()
    for index, leaf in entries.objects.order_by("index").values_list("index", "leaf_hash").iterator():
        frontier = frontier.append(bytes.fromhex(leaf))
        entries.objects.filter(pk=index).update(root=frontier.root.hex())


class Migration(migrations.Migration):
    """The root beside each leaf, tombstones of erased evidence, and room for every kind of leaf."""

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("evidence", "0009_artefact_within"),
    ]
    operations = [
        migrations.AlterField("ledgerentry", "kind", models.CharField(max_length=30)),
        migrations.AddField("ledgerentry", "root", models.CharField(blank=True, default="", max_length=64), False),
        migrations.RunPython(fill, migrations.RunPython.noop),
        only_grows(LEDGER),
        migrations.CreateModel(
            name="Erasure",
            fields=[
                ("artefact_id", models.UUIDField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=255)),
                ("kind", models.CharField(max_length=40)),
                ("sha256", models.CharField(max_length=64)),
                ("size", models.PositiveBigIntegerField()),
                ("received_at", models.DateTimeField()),
                ("uploader_label", models.CharField(max_length=300)),
                ("erased_by_label", models.CharField(max_length=300)),
                ("erased_at", models.DateTimeField()),
                ("why", models.CharField(max_length=500)),
                (
                    "design",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="erasures",
                        to="seal_advisor.design",
                    ),
                ),
                (
                    "erased_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"ordering": ("erased_at", "artefact_id")},
        ),
        only_grows("evidence_erasure"),
    ]
