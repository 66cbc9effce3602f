"""What a project spent on an LLM stays spent when the project is gone."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0010_deleted_projects'),
        ('billing', '0003_llm_tokens'),
    ]

    operations = [
        migrations.AlterField(
            model_name='llmusage',
            name='project',
            field=models.ForeignKey(help_text='None once it is deleted for good: what it spent stays spent.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='accounts.project'),
        ),
        migrations.RunSQL(
            sql=migrations.RunSQL.noop,
            reverse_sql="DELETE FROM billing_llmusage WHERE project_id IS NULL",
        ),
    ]
