from django.db import migrations, models

# Rows of these tables change several times within seconds: room for updates in place, and vacuuming by tens, not by
# shares. Text-pattern indexes on keys nobody searches by prefix only cost writes.
BUSY = """
ALTER TABLE transport_lane SET (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0);
ALTER TABLE transport_inboxevent SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05,
    autovacuum_vacuum_threshold = 1000);
ALTER TABLE transport_webhookraw SET (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.05,
    autovacuum_vacuum_threshold = 1000);
ALTER TABLE transport_outboxitem SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 500);
DO $$
DECLARE name text;
BEGIN
    FOR name IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename IN ('transport_lane', 'transport_outboxitem')
          AND indexname LIKE '%\\_like'
    LOOP
        EXECUTE format('DROP INDEX public.%I', name);
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("transport", "0002_outbox_resent_and_pace")]

    operations = [
        migrations.AlterField("inboxevent", "event_key", models.CharField(max_length=320)),
        migrations.RunSQL(BUSY, migrations.RunSQL.noop),
    ]
