from typing import Any

from django.db import migrations, models


def know_our_own(apps: Any, schema_editor: Any) -> None:
    """The simulator's accounts are made up by us. All others are asked for by the next daily look."""
    apps.get_model("tenants", "WhatsAppNumber").objects.filter(provider="simulator").update(account_proof="said")


class Migration(migrations.Migration):
    dependencies = [("tenants", "0007_owner_phones")]
    operations = [
        migrations.AddField(
            "whatsappnumber",
            "account_proof",
            models.CharField(
                choices=[("typed", "Typed"), ("seen", "Seen"), ("said", "Said")],
                db_default="typed",
                default="typed",
                editable=False,
                max_length=5,
            ),
        ),
        migrations.RunPython(know_our_own, migrations.RunPython.noop),
    ]
