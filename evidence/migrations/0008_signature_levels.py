from django.db import migrations, models


class Migration(migrations.Migration):
    """At which level a package was signed, and what was missing for the one that is configured."""

    dependencies = (("evidence", "0007_register"),)

    operations = (
        migrations.AddField("package", "signature_level", models.CharField(blank=True, default="", max_length=8)),
        migrations.AddField("package", "shortfall", models.TextField(blank=True, default="")),
    )
