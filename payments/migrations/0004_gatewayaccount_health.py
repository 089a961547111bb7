from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0003_investigated")]

    operations = [
        migrations.AddField("gatewayaccount", "webhook_id", models.CharField(blank=True, default="", max_length=100)),
        migrations.AddField("gatewayaccount", "checked_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField(
            "gatewayaccount",
            "problem",
            models.CharField(
                blank=True,
                choices=[
                    ("unfinished", "Its notifications are not registered yet"),
                    ("rejected", "The gateway does not accept the key"),
                    ("no_webhook", "The gateway sends its notifications somewhere else"),
                ],
                default="",
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            "gatewayaccount",
            models.UniqueConstraint(
                condition=models.Q(("retired_at__isnull", True), models.Q(("gateway", "simulated"), _negated=True)),
                fields=("gateway", "mode"),
                name="gateway_account_one_a_mode",
            ),
        ),
    ]
