"""Texts that the embedding model cannot read."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0009_sessions'),
        ('clustering', '0008_set_aside'),
    ]

    operations = [
        migrations.CreateModel(
            name='SetAsideText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(help_text="What failed and where; no user's words.", max_length=200)),
                ('set_aside_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('project', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='set_aside_texts', to='accounts.project')),
                ('text', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='clustering.text')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('project', 'text'), name='text_set_aside_once')],
            },
        ),
    ]
