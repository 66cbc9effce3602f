"""What was done in an organization, and by whom."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0007_key_scope'),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('actor_email', models.EmailField(blank=True, help_text='Outlives the account. Empty for the command line.', max_length=254, verbose_name='who')),
                ('action', models.CharField(choices=[('member.invited', 'Invited'), ('member.withdrawn', 'Withdrew the invitation'), ('member.joined', 'Joined'), ('member.role', 'Changed the role'), ('member.removed', 'Removed'), ('member.left', 'Left'), ('key.made', 'Made an API key'), ('key.rotated', 'Rotated an API key'), ('key.revoked', 'Revoked an API key'), ('project.made', 'Made a project'), ('project.renamed', 'Renamed a project'), ('project.setting', 'Changed a setting'), ('field.overridden', "Chose a field's type"), ('field.reset', "Went back to a field's detected type"), ('segment.saved', 'Saved a segment'), ('segment.renamed', 'Renamed a segment'), ('segment.deleted', 'Deleted a segment'), ('data.erasure', "Had a user's data deleted"), ('data.exported', 'Downloaded an export'), ('plan.changed', 'Changed the plan'), ('login.on', 'Turned two-step log-in on'), ('login.off', 'Turned two-step log-in off')], max_length=40)),
                ('subject', models.CharField(blank=True, max_length=200)),
                ('detail', models.CharField(blank=True, max_length=500)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('actor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='audit_entries', to='accounts.organization')),
                ('project', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='accounts.project')),
            ],
            options={
                'verbose_name_plural': 'audit entries',
                'indexes': [models.Index(fields=['organization', '-at', '-id'], name='audit_entry_latest')],
            },
        ),
    ]
