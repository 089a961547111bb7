from django.db import migrations, models

# One word for one idea: a doubt. Names of constraints follow without looking at a row again.
_CONSTRAINTS = ("once", "of_two", "decided_when")
_RENAME = "ALTER TABLE loyalty_identitydoubt RENAME CONSTRAINT loyalty_{old}_{name} TO loyalty_{new}_{name};"


def _renamed(old, new):
    return "".join(_RENAME.format(old=old, new=new, name=name) for name in _CONSTRAINTS)


class Migration(migrations.Migration):

    dependencies = [("loyalty", "0005_owed_again")]

    operations = [
        migrations.RenameModel("IdentityConflict", "IdentityDoubt"),
        migrations.AlterField(
            "identitydoubt",
            "customer",
            models.ForeignKey(on_delete=models.CASCADE, related_name="doubts", to="loyalty.customer"),
        ),
        migrations.RenameIndex(
            "identitydoubt", new_name="loyalty_doubt_open_other", old_name="loyalty_conflict_open_other"
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(_renamed("conflict", "doubt"), _renamed("doubt", "conflict"))],
            state_operations=[
                migrations.RemoveConstraint("identitydoubt", "loyalty_conflict_once"),
                migrations.RemoveConstraint("identitydoubt", "loyalty_conflict_of_two"),
                migrations.RemoveConstraint("identitydoubt", "loyalty_conflict_decided_when"),
                migrations.AddConstraint(
                    "identitydoubt",
                    models.UniqueConstraint(
                        fields=["customer", "other", "scope", "kind", "value"], name="loyalty_doubt_once"
                    ),
                ),
                migrations.AddConstraint(
                    "identitydoubt",
                    models.CheckConstraint(
                        condition=models.Q(("customer", models.F("other")), _negated=True), name="loyalty_doubt_of_two"
                    ),
                ),
                migrations.AddConstraint(
                    "identitydoubt",
                    models.CheckConstraint(
                        condition=models.Q(("state", "open"), ("decided_at__isnull", False), _connector="OR"),
                        name="loyalty_doubt_decided_when",
                    ),
                ),
            ],
        ),
    ]
