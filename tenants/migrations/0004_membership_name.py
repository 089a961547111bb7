from django.db import migrations, models

# Names that are shown today stay shown; an account in several shops keeps its e-mail address alone.
KEEP_NAMES = """
UPDATE tenants_membership AS membership SET name = left(person.name, 120)
FROM tenants_user AS person
WHERE person.id = membership.user_id
AND NOT EXISTS (SELECT 1 FROM tenants_membership AS other
                WHERE other.user_id = person.id AND other.shop_id <> membership.shop_id)
"""


class Migration(migrations.Migration):
    dependencies = [("tenants", "0003_reset_requests")]

    operations = [
        migrations.AddField(
            model_name="membership",
            name="name",
            field=models.CharField(blank=True, db_default="", default="", max_length=120),
        ),
        migrations.RunSQL(KEEP_NAMES, migrations.RunSQL.noop),
    ]
