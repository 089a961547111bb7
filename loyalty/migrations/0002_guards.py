from django.db import migrations

from loyalty import sql


class Migration(migrations.Migration):
    """The ledger's own police: functions once in public, triggers in this shop."""

    dependencies = [("loyalty", "0001_people_and_points")]

    operations = [
        migrations.RunSQL(sql.HASH_FUNCTION, migrations.RunSQL.noop),
        migrations.RunSQL(sql.FUNCTIONS, migrations.RunSQL.noop),
        migrations.RunSQL(sql.SHAPE, sql.DROP_SHAPE),
        migrations.RunSQL(sql.TRIGGERS, sql.DROP_TRIGGERS),
    ]
