"""Vacuum and statistics of tables of many millions of rows; see docs/scale.md."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('clustering', '0009_set_aside_text'),
    ]

    operations = [
        migrations.RunSQL(
            'ALTER TABLE clustering_occurrence SET (autovacuum_vacuum_scale_factor = 0.05,'
            ' autovacuum_vacuum_insert_scale_factor = 0.05,'
            ' autovacuum_analyze_scale_factor = 0.02)',
            'ALTER TABLE clustering_occurrence RESET (autovacuum_vacuum_scale_factor,'
            ' autovacuum_vacuum_insert_scale_factor, autovacuum_analyze_scale_factor)',
        ),
        migrations.RunSQL(
            'ALTER TABLE clustering_text SET (autovacuum_vacuum_scale_factor = 0.05,'
            ' autovacuum_analyze_scale_factor = 0.02)',
            'ALTER TABLE clustering_text RESET (autovacuum_vacuum_scale_factor,'
            ' autovacuum_analyze_scale_factor)',
        ),
    ]
