from django.db import migrations, models

# Whoever wrote before is reached where their last words came from: one look into the index of messages a thread.
WHO_WROTE_LAST = """
UPDATE conversations_conversation c SET (reach_phone, reach_bsuid) = (
  SELECT coalesce(max(last.phone), ''), coalesce(max(last.bsuid), '') FROM (
    SELECT left(m.content #>> '{sender,phone}', 24) AS phone, left(m.content #>> '{sender,bsuid}', 160) AS bsuid
    FROM conversations_message m
    WHERE m.conversation_id = c.id AND m.direction = 'in' AND NOT m.content ? 'source'
      AND m.kind NOT IN ('reaction', 'edit', 'revoke', 'system')
    ORDER BY m.shown_at DESC, m.id DESC LIMIT 1
  ) AS last
) WHERE c.last_inbound_at IS NOT NULL
"""


class Migration(migrations.Migration):

    dependencies = [
        ('conversations', '0007_status_pricing'),
    ]

    operations = [
        migrations.AddField(
            model_name='conversation',
            name='other_reaches',
            field=models.JSONField(blank=True, db_default=[], default=list),
        ),
        migrations.AddField(
            model_name='conversation',
            name='reach_bsuid',
            field=models.CharField(blank=True, db_default='', default='', max_length=160),
        ),
        migrations.AddField(
            model_name='conversation',
            name='reach_phone',
            field=models.CharField(blank=True, db_default='', default='', max_length=24),
        ),
        migrations.AddField(
            model_name='message',
            name='to_bsuid',
            field=models.CharField(blank=True, db_default='', default='', max_length=160),
        ),
        migrations.AddField(
            model_name='message',
            name='to_phone',
            field=models.CharField(blank=True, db_default='', default='', max_length=24),
        ),
        migrations.RunSQL(WHO_WROTE_LAST, migrations.RunSQL.noop),
    ]
