from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("transport", "0016_ozow_scheme"),
    ]

    operations = [
        migrations.AddField(
            model_name="numberfacts",
            name="leads_to",
            field=models.CharField(blank=True, db_default="", default="", max_length=120),
        ),
    ]
