"""Projects that are deleted, until they are brought back or gone for good."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0009_sessions'),
    ]

    operations = [
        migrations.AddField(
            model_name='project',
            name='deleted_at',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='auditentry',
            name='project_name',
            field=models.CharField(blank=True, db_default='', default='', help_text='Once it is gone for good.', max_length=100),
        ),
        migrations.AlterField(
            model_name='auditentry',
            name='action',
            field=models.CharField(choices=[('member.invited', 'Invited'), ('member.withdrawn', 'Withdrew the invitation'), ('member.joined', 'Joined'), ('member.role', 'Changed the role'), ('member.removed', 'Removed'), ('member.left', 'Left'), ('key.made', 'Made an API key'), ('key.rotated', 'Rotated an API key'), ('key.revoked', 'Revoked an API key'), ('project.made', 'Made a project'), ('project.renamed', 'Renamed a project'), ('project.deleted', 'Deleted a project'), ('project.back', 'Brought back a project'), ('project.gone', 'Deleted a project for good'), ('project.setting', 'Changed a setting'), ('field.overridden', "Chose a field's type"), ('field.reset', "Went back to a field's detected type"), ('segment.saved', 'Saved a segment'), ('segment.renamed', 'Renamed a segment'), ('segment.deleted', 'Deleted a segment'), ('data.erasure', "Had a user's data deleted"), ('data.exported', 'Downloaded an export'), ('plan.changed', 'Changed the plan'), ('login.on', 'Turned two-step log-in on'), ('login.off', 'Turned two-step log-in off')], max_length=40),
        ),
    ]
