import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from seal_advisor.append_only import only_grows


class Migration(migrations.Migration):
    dependencies = [("seal_advisor", "0004_pipelines")]

    operations = [
        migrations.CreateModel(
            name="HouseRules",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("number", models.PositiveIntegerField()),
                ("files", models.JSONField()),
                ("sha256", models.CharField(max_length=64)),
                ("name", models.CharField(blank=True, max_length=80)),
                ("version", models.CharField(blank=True, max_length=80)),
                ("release", models.CharField(max_length=40)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="house_rules",
                        to="seal_advisor.organisation",
                    ),
                ),
            ],
            options={
                "ordering": ("-number",),
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "number"), name="one_house_per_number")
                ],
            },
        ),
        migrations.AddField(
            model_name="organisation",
            name="house",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="seal_advisor.houserules",
            ),
        ),
        only_grows("seal_advisor_houserules"),
    ]
