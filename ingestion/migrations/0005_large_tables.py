"""Vacuum and statistics of events for tables of many millions of rows; see docs/scale.md."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('ingestion', '0004_type_changes'),
    ]

    operations = [
        migrations.RunSQL(
            'ALTER TABLE ingestion_event SET (autovacuum_vacuum_scale_factor = 0.05,'
            ' autovacuum_vacuum_insert_scale_factor = 0.05,'
            ' autovacuum_analyze_scale_factor = 0.02)',
            'ALTER TABLE ingestion_event RESET (autovacuum_vacuum_scale_factor,'
            ' autovacuum_vacuum_insert_scale_factor, autovacuum_analyze_scale_factor)',
        ),
    ]
