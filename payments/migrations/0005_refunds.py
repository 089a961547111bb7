import uuid

import django.db.models
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0004_gatewayaccount_health")]

    operations = [
        migrations.AddField("simulatedcheckout", "refunds", models.JSONField(default=list)),
        migrations.AddField(
            "refund", "public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
        ),
        migrations.AlterField(
            "refund",
            "state",
            models.CharField(
                choices=[
                    ("requested", "Being asked for"),
                    ("submitted", "On its way back"),
                    ("succeeded", "Given back"),
                    ("failed", "Not given back"),
                    ("returned", "Came back to you"),
                    ("unknown", "Perhaps on its way back"),
                ],
                default="requested",
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            "refund",
            models.Index(
                condition=django.db.models.Q(("state__in", ["requested", "submitted", "unknown"])),
                fields=["changed_at"],
                name="refund_without_an_end",
            ),
        ),
    ]
