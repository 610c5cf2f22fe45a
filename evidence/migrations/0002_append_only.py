from django.db import migrations

from seal_advisor.append_only import only_grows


class Migration(migrations.Migration):
    dependencies = [("evidence", "0001_initial")]
    operations = [only_grows("evidence_ledgerentry")]
