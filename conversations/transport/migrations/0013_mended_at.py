from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("transport", "0012_one_alert"),
    ]

    operations = [
        migrations.AddField(
            model_name="numberfacts",
            name="mended_at",
            field=models.DateTimeField(null=True),
        ),
    ]
