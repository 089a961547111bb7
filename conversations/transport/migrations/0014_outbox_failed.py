from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """The outbox is large and always in use, so its index is built beside it."""

    atomic = False

    dependencies = [
        ("transport", "0013_mended_at"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="outboxitem",
            index=models.Index(
                condition=models.Q(("state", "failed")), fields=["shop_id", "-id"], name="outbox_failed"
            ),
        ),
    ]
