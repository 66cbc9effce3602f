"""Events that could not be extracted."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0009_sessions'),
        ('clustering', '0007_topic_map'),
        ('ingestion', '0004_type_changes'),
    ]

    operations = [
        migrations.CreateModel(
            name='SetAsideEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(help_text="What failed and where; no user's words.", max_length=200)),
                ('set_aside_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('event', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='ingestion.event')),
                ('project', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='set_aside', to='accounts.project')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('project', 'event'), name='set_aside_once')],
            },
        ),
    ]
