"""Drop three indexes that no statement reads, and a check that looked through every vector.

A deleted text's vector goes in the same transaction, before it (`clustering.privacy.deletion`).
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0009_sessions'),
        ('clustering', '0010_large_tables'),
    ]

    operations = [
        migrations.AlterField(
            model_name='embedding',
            name='project',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.project'),
        ),
        migrations.AlterField(
            model_name='embedding',
            name='text',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='clustering.text'),
        ),
        migrations.AlterField(
            model_name='occurrence',
            name='project',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.project'),
        ),
        migrations.AlterField(
            model_name='text',
            name='project',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='texts', to='accounts.project'),
        ),
    ]
