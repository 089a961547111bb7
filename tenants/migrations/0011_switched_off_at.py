from typing import Any

from django.db import migrations, models
from django.utils import timezone


def count_from_now(apps: Any, schema_editor: Any) -> None:
    """Nobody knows since when a number is off that is off already: what waits on it has a whole day from here."""
    numbers = apps.get_model("tenants", "WhatsAppNumber").objects
    numbers.filter(is_active=False, removed_at=None).update(switched_off_at=timezone.now())


class Migration(migrations.Migration):
    dependencies = [("tenants", "0010_what_nobody_reads")]
    operations = [
        migrations.AddField(
            "whatsappnumber", "switched_off_at", models.DateTimeField(blank=True, editable=False, null=True)
        ),
        migrations.RunPython(count_from_now, migrations.RunPython.noop),
    ]
