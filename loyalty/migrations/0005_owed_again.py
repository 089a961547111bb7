from django.db import migrations

from loyalty import sql


class Migration(migrations.Migration):
    """What was paid of a debt can be owed again: the shape of an entry allows it."""

    dependencies = [("loyalty", "0004_names_by_value")]

    operations = [migrations.RunSQL(sql.DROP_SHAPE + sql.SHAPE, migrations.RunSQL.noop)]
