from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('transport', '0015_shared_templates'),
    ]

    operations = [
        migrations.AlterField(
            model_name='webhookendpoint',
            name='scheme',
            field=models.CharField(choices=[('meta', 'Meta'), ('d360', 'D360'), ('standard', 'Standard'), ('ozow', 'Ozow')], max_length=10),
        ),
    ]
