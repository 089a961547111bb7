from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="simulatedcheckout",
            name="language",
            field=models.CharField(blank=True, default="", max_length=10),
        ),
    ]
