"""Requests to delete what one user sent, and their receipts."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0006_privacy'),
        ('clustering', '0006_columns'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Erasure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user_id', models.CharField(blank=True, help_text='Whose data; empty once it is gone.', max_length=200)),
                ('user_digest', models.CharField(help_text="HMAC-SHA-256 of the user's id under SECRET_KEY.", max_length=64)),
                ('requested_by_email', models.EmailField(blank=True, help_text='Outlives the account. Empty for the command line.', max_length=254, verbose_name='requested by')),
                ('requested_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('events', models.PositiveBigIntegerField(default=0, help_text='Deleted so far.')),
                ('texts', models.PositiveBigIntegerField(default=0, help_text='That nobody else sent, deleted so far.')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='erasures', to='accounts.project')),
                ('requested_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['project', '-requested_at'], name='erasure_by_time'), models.Index(condition=models.Q(('finished_at__isnull', True)), fields=['project'], name='erasure_to_do')],
            },
        ),
    ]
