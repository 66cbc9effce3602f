"""Maps of dimensions."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0004_weekly_email'),
        ('clustering', '0007_erasure'),
        ('ingestion', '0004_type_changes'),
    ]

    operations = [
        migrations.CreateModel(
            name='TopicMap',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('model', models.CharField(help_text='Embedding model whose vectors it was drawn from.', max_length=200)),
                ('drawn_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('seconds', models.FloatField(help_text='That drawing took.')),
                ('texts', models.PositiveIntegerField(help_text='Embedded texts then, shown or not.')),
                ('text_ids', models.BinaryField(help_text='Ascending little-endian int64.')),
                ('positions', models.BinaryField(help_text='x and y of each, little-endian float32.')),
                ('field', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='maps', to='ingestion.field')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='maps', to='accounts.project')),
                ('run', models.ForeignKey(help_text='The last run when it was drawn.', on_delete=django.db.models.deletion.CASCADE, related_name='+', to='clustering.clusteringrun')),
            ],
        ),
        migrations.AddConstraint(
            model_name='topicmap',
            constraint=models.UniqueConstraint(fields=('project', 'field'), name='map_once'),
        ),
    ]
