import uuid
from datetime import timedelta

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """CI jobs with an identity, tokens that know where they come from, ninety days held by the database itself."""

    dependencies = [("seal_advisor", "0003_later_rulesets")]

    operations = [
        migrations.CreateModel(
            name="UsedIdentity",
            fields=[
                ("once", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("expires_at", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name="PipelineBinding",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("issuer", models.CharField(max_length=300)),
                ("claims", models.JSONField()),
                ("scopes", models.JSONField(default=list)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "design",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="pipelines",
                        to="seal_advisor.design",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={"ordering": ("-created_at", "id")},
        ),
        migrations.AddField(
            model_name="organisation",
            name="mfa_required",
            field=models.BooleanField(default=False, verbose_name="members need a second factor"),
        ),
        migrations.AddField(
            model_name="apitoken", name="claims", field=models.JSONField(blank=True, default=dict)
        ),
        migrations.AddField(
            model_name="apitoken",
            name="binding",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="seal_advisor.pipelinebinding",
            ),
        ),
        migrations.AddField(
            model_name="apitoken",
            name="replaces",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="seal_advisor.apitoken",
            ),
        ),
        migrations.AddConstraint(
            model_name="apitoken",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    expires_at__lte=models.expressions.CombinedExpression(
                        models.F("created_at"), "+", models.Value(timedelta(days=90))
                    )
                ),
                name="token_lives_at_most_90_days",
            ),
        ),
    ]
