from django.db import migrations

from seal_advisor.append_only import only_grows


class Migration(migrations.Migration):
    dependencies = [("seal_advisor", "0001_initial")]
    operations = [only_grows("seal_advisor_answerchange", "seal_advisor_revision", "seal_advisor_rulesetcopy")]
