from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0002_simulatedcheckout_language'),
    ]

    operations = [
        migrations.AddField(
            model_name='paymentattempt',
            name='investigated_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
