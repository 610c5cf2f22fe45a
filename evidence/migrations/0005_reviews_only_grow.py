from django.db import migrations

from evidence.meetings.four_eyes import four_eyes
from seal_advisor.append_only import only_grows


class Migration(migrations.Migration):
    dependencies = [("evidence", "0004_reviews")]
    operations = [
        only_grows(
            "evidence_remark",
            "evidence_vote",
            "evidence_minutes",
            "evidence_signoff",
            "evidence_withdrawal",
            "evidence_review_authors",
        ),
        four_eyes(),
    ]
