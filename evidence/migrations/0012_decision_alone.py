from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("evidence", "0011_uploads_and_webhooks")]

    operations = [
        migrations.AddField(
            model_name="package",
            name="judged",
            field=models.BooleanField(default=True),
        ),
    ]
