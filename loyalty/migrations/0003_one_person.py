import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from loyalty import sql

KIND = """
UPDATE loyalty_consententry SET kind = CASE WHEN value THEN 'opt_in' ELSE 'opt_out' END;
"""


class Migration(migrations.Migration):
    """Names that end, doubts about who is who, merges, and consent as a ledger."""

    dependencies = [("loyalty", "0002_guards")]

    operations = [
        migrations.RenameModel("Consent", "ConsentEntry"),
        migrations.RenameField("ConsentEntry", "topic", "purpose"),
        migrations.AddField("ConsentEntry", "kind", models.CharField(max_length=8, default="opt_in"), False),
        migrations.RunSQL(KIND, migrations.RunSQL.noop),
        migrations.RemoveField("ConsentEntry", "value"),
        migrations.CreateModel(
            name="IdentityConflict",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("names", "Names"),
                            ("number_change", "Number Change"),
                            ("shared_phone", "Shared Phone"),
                        ],
                        max_length=16,
                    ),
                ),
                ("scope", models.CharField(max_length=64)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("phone", "Phone"),
                            ("bsuid", "Bsuid"),
                            ("parent_bsuid", "Parent Bsuid"),
                            ("username", "Username"),
                        ],
                        max_length=12,
                    ),
                ),
                ("value", models.CharField(max_length=160)),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("merged", "The same person"), ("different", "Different people")],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("seen_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("decided_by_id", models.BigIntegerField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Merge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("moved", models.JSONField(default=dict)),
                ("actor_id", models.BigIntegerField()),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
                ("undone_by_id", models.BigIntegerField(blank=True, null=True)),
                ("undo_reason", models.CharField(blank=True, default="", max_length=200)),
            ],
            options={
                "ordering": ["-at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="PhoneAlias",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("scope", models.CharField(max_length=64)),
                ("phone", models.CharField(max_length=20)),
                ("wa_id", models.CharField(max_length=20)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="customeridentity",
            name="loyalty_identity_one_customer",
        ),
        migrations.RemoveConstraint(
            model_name="customeridentity",
            name="loyalty_identity_once",
        ),
        migrations.RemoveIndex(
            model_name="consententry",
            name="loyalty_consent_newest",
        ),
        migrations.AddField(
            model_name="consententry",
            name="actor_id",
            field=models.BigIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="consententry",
            name="channel",
            field=models.CharField(db_default="whatsapp", default="whatsapp", max_length=20),
        ),
        migrations.AddField(
            model_name="consententry",
            name="key",
            field=models.CharField(blank=True, max_length=240, null=True, unique=True),
        ),
        migrations.AddField(
            model_name="consententry",
            name="reason",
            field=models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
        migrations.AddField(
            model_name="consententry",
            name="source",
            field=models.CharField(
                choices=[
                    ("words", "Written in the chat"),
                    ("button", "Tapped in the chat"),
                    ("user_preferences", "Set in WhatsApp"),
                    ("provider_error", "WhatsApp refused an offer"),
                    ("staff", "Written down by the team"),
                    ("merge", "Two customers became one"),
                    ("import", "Brought along"),
                ],
                db_default="words",
                default="words",
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="customer",
            name="merged_into",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="loyalty.customer",
            ),
        ),
        migrations.AddField(
            model_name="customeridentity",
            name="retired_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="consententry",
            name="customer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="consents", to="loyalty.customer"
            ),
        ),
        migrations.AlterField(
            model_name="consententry",
            name="kind",
            field=models.CharField(choices=[("opt_in", "Yes"), ("opt_out", "No")], max_length=8),
        ),
        migrations.AlterField(
            model_name="consententry",
            name="wamid",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddIndex(
            model_name="consententry",
            index=models.Index(fields=["customer", "purpose", "-at"], name="loyalty_consent_newest"),
        ),
        migrations.AddConstraint(
            model_name="consententry",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["opt_in", "opt_out"])), name="loyalty_consent_kind"
            ),
        ),
        migrations.AddConstraint(
            model_name="consententry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("source", "staff"), _negated=True),
                    models.Q(("actor_id__isnull", False), models.Q(("reason", ""), _negated=True)),
                    _connector="OR",
                ),
                name="loyalty_consent_of_staff_has_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="customer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("merged_into__isnull", True),
                    models.Q(("merged_into", models.F("id")), _negated=True),
                    _connector="OR",
                ),
                name="loyalty_customer_not_merged_into_itself",
            ),
        ),
        migrations.AddConstraint(
            model_name="customeridentity",
            constraint=models.UniqueConstraint(
                condition=models.Q(models.Q(("kind", "username"), _negated=True), ("retired_at__isnull", True)),
                fields=("scope", "kind", "value"),
                name="loyalty_identity_one_customer",
            ),
        ),
        migrations.AddConstraint(
            model_name="customeridentity",
            constraint=models.UniqueConstraint(
                condition=models.Q(("retired_at__isnull", True)),
                fields=("customer", "scope", "kind", "value"),
                name="loyalty_identity_once",
            ),
        ),
        migrations.AddField(
            model_name="identityconflict",
            name="customer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="conflicts", to="loyalty.customer"
            ),
        ),
        migrations.AddField(
            model_name="identityconflict",
            name="other",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="loyalty.customer"
            ),
        ),
        migrations.AddField(
            model_name="merge",
            name="gone",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="merges_away", to="loyalty.customer"
            ),
        ),
        migrations.AddField(
            model_name="merge",
            name="kept",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="merges", to="loyalty.customer"
            ),
        ),
        migrations.AddIndex(
            model_name="phonealias",
            index=models.Index(fields=["scope", "wa_id"], name="loyalty_phone_alias_of"),
        ),
        migrations.AddConstraint(
            model_name="phonealias",
            constraint=models.UniqueConstraint(fields=("scope", "phone"), name="loyalty_phone_alias_once"),
        ),
        migrations.AddIndex(
            model_name="identityconflict",
            index=models.Index(
                condition=models.Q(("state", "open")), fields=["other"], name="loyalty_conflict_open_other"
            ),
        ),
        migrations.AddConstraint(
            model_name="identityconflict",
            constraint=models.UniqueConstraint(
                fields=("customer", "other", "scope", "kind", "value"), name="loyalty_conflict_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="identityconflict",
            constraint=models.CheckConstraint(
                condition=models.Q(("customer", models.F("other")), _negated=True), name="loyalty_conflict_of_two"
            ),
        ),
        migrations.AddConstraint(
            model_name="identityconflict",
            constraint=models.CheckConstraint(
                condition=models.Q(("state", "open"), ("decided_at__isnull", False), _connector="OR"),
                name="loyalty_conflict_decided_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.CheckConstraint(
                condition=models.Q(("kept", models.F("gone")), _negated=True), name="loyalty_merge_of_two"
            ),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.UniqueConstraint(
                condition=models.Q(("undone_at__isnull", True)), fields=("gone",), name="loyalty_merge_gone_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("undone_at__isnull", True),
                    models.Q(("undone_by_id__isnull", False), models.Q(("undo_reason", ""), _negated=True)),
                    _connector="OR",
                ),
                name="loyalty_merge_undone_by_somebody",
            ),
        ),
        migrations.RunSQL(sql.CONSENT_TRIGGERS, sql.DROP_CONSENT_TRIGGERS),
        migrations.RunSQL(sql.DROP_SHAPE, migrations.RunSQL.noop),
        migrations.RunSQL(sql.SHAPE, migrations.RunSQL.noop),
    ]
