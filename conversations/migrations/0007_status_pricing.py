from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('conversations', '0006_shows_read'),
    ]

    operations = [
        migrations.AddField(
            model_name='messagestatus',
            name='pricing',
            field=models.JSONField(db_default={}, default=dict),
        ),
    ]
