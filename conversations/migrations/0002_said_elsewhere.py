from django.db import migrations, models
from django.db.models.functions import Now

# Where each message already stands: after everything before it, whatever a phone's clock said.
PLACES = """
UPDATE conversations_message m SET shown_at = placed.at
FROM (
  SELECT id, max(created_at) OVER (PARTITION BY conversation_id ORDER BY id) AS at FROM conversations_message
) AS placed
WHERE placed.id = m.id
"""


class Migration(migrations.Migration):
    """A thread has room for what was said elsewhere, at its own times, and for what is said about a message."""

    dependencies = [("conversations", "0001_initial")]

    operations = [
        migrations.RemoveIndex(model_name="message", name="message_thread_idx"),
        migrations.AddField(
            model_name="conversation", name="referred_at", field=models.DateTimeField(blank=True, null=True)
        ),
        migrations.AddField(model_name="message", name="shown_at", field=models.DateTimeField(db_default=Now())),
        migrations.RunSQL(PLACES, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["conversation", "-shown_at", "-id"], name="message_shown_idx"),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("kind__in", ["reaction", "edit", "revoke"])),
                fields=["context_wamid"],
                name="message_mark_idx",
            ),
        ),
    ]
