from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("transport", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="outboxitem",
            name="is_resent",
            field=models.BooleanField(default=False, db_default=False),
        ),
        migrations.AddIndex(
            model_name="outboxitem",
            index=models.Index(
                fields=["lane", "sent_at"], condition=Q(sent_at__isnull=False), name="outbox_pair_pace"
            ),
        ),
    ]
