"""What was told of sending and what was told of numbers becomes one list of alerts."""

from django.db import migrations, models
from django.db.models import Q


def _kind(alert):
    return f"code:{alert.error_code}" if alert.kind == "error_code" else alert.kind


def _key(alert, own):
    """What it is about; empty for what a shop was told about a number that is not its own."""
    if alert.shop_id is None:
        return "platform"
    return f"number:{alert.number_id}" if (alert.number_id, alert.shop_id) in own else ""


def bring_together(apps, schema_editor):
    """Every old alert is kept with its times; of several open ones about the same the newest stays open."""
    Alert, NumberAlert = (apps.get_model("transport", name) for name in ("Alert", "NumberAlert"))
    for number_id in NumberAlert.objects.order_by().values_list("number_id", flat=True).distinct():
        NumberAlert.objects.filter(number_id=number_id).update(key=f"number:{number_id}")
    own = set(apps.get_model("tenants", "WhatsAppNumber").objects.values_list("pk", "shop_id"))
    for old in Alert.objects.order_by("id"):
        key, is_lasting = _key(old, own), old.kind == "sending_stopped"
        if not key:
            continue
        if old.done_at is None:
            NumberAlert.objects.filter(key=key, kind=_kind(old), resolved_at=None).update(resolved_at=old.at)
        NumberAlert.objects.create(
            shop_id=old.shop_id,
            number_id=old.number_id,
            key=key,
            kind=_kind(old),
            severity="danger" if is_lasting else "warning",
            sentence=old.sentence,
            since=old.at,
            is_lasting=is_lasting,
            acknowledged_at=old.done_at,
            resolved_at=old.done_at,
        )


class Migration(migrations.Migration):
    dependencies = [
        ("transport", "0011_portfolio_by_class"),
        ("tenants", "0006_several_numbers"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="numberalert", name="alert_open_once"),
        migrations.AddField(
            model_name="numberalert",
            name="key",
            field=models.CharField(max_length=40, default=""),
            preserve_default=False,
        ),
        migrations.AlterField(model_name="numberalert", name="number_id", field=models.BigIntegerField(null=True)),
        migrations.AlterField(model_name="numberalert", name="shop_id", field=models.BigIntegerField(null=True)),
        migrations.RunPython(bring_together, migrations.RunPython.noop),
        migrations.DeleteModel(name="Alert"),
        migrations.AddIndex(
            model_name="numberalert", index=models.Index(fields=["key", "kind", "-since"], name="alert_lately")
        ),
        migrations.AddConstraint(
            model_name="numberalert",
            constraint=models.UniqueConstraint(
                fields=["key", "kind"], condition=Q(("resolved_at", None)), name="alert_open_once"
            ),
        ),
        migrations.CreateModel(
            name="PlatformAlert",
            fields=[],
            options={"verbose_name": "alert", "proxy": True, "indexes": [], "constraints": []},
            bases=("transport.numberalert",),
        ),
    ]
