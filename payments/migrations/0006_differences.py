import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0005_refunds'),
    ]

    operations = [
        migrations.CreateModel(
            name='PaymentDifference',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('not_here', 'the gateway was paid, and no order knows of it'), ('not_there', "credited to an order, and not in the gateway's list")], max_length=9)),
                ('gateway_payment_id', models.CharField(max_length=100)),
                ('amount_cents', models.BigIntegerField(blank=True, null=True)),
                ('currency', models.CharField(blank=True, default='', max_length=3)),
                ('reference', models.CharField(blank=True, default='', max_length=80)),
                ('found_at', models.DateTimeField()),
                ('settled_at', models.DateTimeField(blank=True, null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='differences', to='payments.gatewayaccount')),
                ('attempt', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='differences', to='payments.paymentattempt')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('settled_at', None)), fields=['found_at'], name='payment_difference_open')],
                'constraints': [models.UniqueConstraint(fields=('account', 'kind', 'gateway_payment_id'), name='payment_difference_once')],
            },
        ),
    ]
