"""How long a project keeps events, and whether it masks them."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0005_time_zone'),
    ]

    operations = [
        migrations.AddField(
            model_name='project',
            name='masks_events',
            field=models.BooleanField(db_default=False, default=False, help_text='Whether what identifies a person is masked in metadata before it is stored.'),
        ),
        migrations.AddField(
            model_name='project',
            name='retention_days',
            field=models.PositiveIntegerField(blank=True, help_text='Older ones are deleted, by their timestamps. Empty: all are kept.', null=True, verbose_name='days that events are kept'),
        ),
    ]
