"""The time zone that a user chose, and what a project needs for its first ten minutes."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0004_weekly_email'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='time_zone',
            field=models.CharField(blank=True, db_default='', default='', help_text='An IANA name, such as Europe/Berlin; empty: what the browser says.', max_length=64),
        ),
        migrations.AddField(
            model_name='project',
            name='is_metered',
            field=models.BooleanField(db_default=True, default=True, help_text='Whether its events are usage. Those of a sample are not.'),
        ),
        migrations.AddField(
            model_name='project',
            name='shows_checklist',
            field=models.BooleanField(db_default=True, default=True, help_text='Until somebody dismisses it.'),
        ),
    ]
