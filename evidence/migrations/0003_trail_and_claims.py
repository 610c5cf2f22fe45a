import django.db.models.deletion
from django.db import migrations, models

from seal_advisor.append_only import only_grows


class Migration(migrations.Migration):
    """Ledger entries about an organisation, and what the issuer of a CI job vouches for."""

    dependencies = [
        ("seal_advisor", "0004_pipelines"),
        ("evidence", "0002_append_only"),
    ]

    operations = [
        migrations.AddField(
            model_name="artefact", name="claims", field=models.JSONField(blank=True, default=dict)
        ),
        migrations.AddField(
            model_name="ledgerentry",
            name="organisation",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="seal_advisor.organisation",
            ),
        ),
        migrations.AlterField(
            model_name="ledgerentry",
            name="design",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="ledger",
                to="seal_advisor.design",
            ),
        ),
        only_grows("evidence_ledgerentry"),
    ]
