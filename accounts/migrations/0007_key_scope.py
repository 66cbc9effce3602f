"""What an API key is for. Those there are send events."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0006_privacy'),
    ]

    operations = [
        migrations.AddField(
            model_name='apikey',
            name='scope',
            field=models.CharField(choices=[('track', 'Sends events'), ('read', 'Reads results')], db_default='track', default='track', editable=False, max_length=10),
        ),
    ]
