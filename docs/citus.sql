-- Spreads Turret's tables over a Citus cluster by project; docs/scale.md says what else that takes.
-- Run it once on the coordinator, after a backup, migrated and with Turret stopped:
--
--     psql "$DATABASE_URL" --single-transaction --set ON_ERROR_STOP=1 --file docs/citus.sql

SET LOCAL citus.multi_shard_modify_mode TO 'sequential';

-- Reference tables are whole on every node; distributed ones are cut by project_id. A table stands
-- behind those that its foreign keys name. What is not here stays on the coordinator.
CREATE TEMPORARY TABLE placed ON COMMIT DROP AS
SELECT name, false AS is_distributed, place FROM unnest(ARRAY[
  'django_content_type', 'django_session', 'auth_permission', 'auth_group',
  'auth_group_permissions', 'accounts_user', 'accounts_user_groups',
  'accounts_user_user_permissions', 'accounts_usersession', 'django_admin_log',
  'otp_static_staticdevice', 'otp_static_statictoken', 'otp_totp_totpdevice',
  'accounts_organization', 'accounts_membership', 'accounts_invitation', 'accounts_project',
  'accounts_apikey', 'accounts_auditentry', 'accounts_weeklyemail', 'billing_subscription',
  'billing_subscriptionchange', 'billing_usage', 'billing_llmusage', 'billing_notice'
]::regclass[]) WITH ORDINALITY AS reference (name, place)
UNION ALL
SELECT name, true, 100 + place FROM unnest(ARRAY[
  'ingestion_event', 'ingestion_pendingevent', 'ingestion_field', 'ingestion_savedsegment',
  'clustering_dimension', 'clustering_clusteringrun', 'clustering_theme', 'clustering_topic',
  'clustering_lineage', 'clustering_decision', 'clustering_text', 'clustering_embedding',
  'clustering_occurrence', 'clustering_topicmap', 'clustering_block', 'clustering_column',
  'clustering_setasideevent', 'clustering_setasidetext', 'clustering_erasure'
]::regclass[]) WITH ORDINALITY AS distributed (name, place);

-- Foreign keys between distributed tables, by column; in the end they get the project as well.
CREATE TEMPORARY TABLE inner_key ON COMMIT DROP AS
SELECT key.conname AS name, key.conrelid::regclass AS source, attname AS field,
       key.confrelid::regclass AS target
FROM pg_constraint AS key
JOIN placed AS source ON source.name = key.conrelid AND source.is_distributed
JOIN placed AS target ON target.name = key.confrelid AND target.is_distributed
JOIN pg_attribute ON attrelid = key.conrelid AND attnum = key.conkey[1]
WHERE key.contype = 'f';

DO $$
DECLARE
  each record;
BEGIN
  FOR each IN SELECT * FROM inner_key LOOP
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', each.source, each.name);
  END LOOP;

  -- An id alone is no key of a distributed table.
  FOR each IN
    SELECT placed.name, conname FROM placed JOIN pg_constraint ON conrelid = placed.name
    WHERE is_distributed AND contype = 'p' AND cardinality(conkey) = 1
  LOOP
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', each.name, each.conname);
    EXECUTE format('ALTER TABLE %s ADD PRIMARY KEY (project_id, id)', each.name);
  END LOOP;

  FOR each IN SELECT * FROM placed ORDER BY place LOOP
    IF NOT each.is_distributed THEN
      PERFORM create_reference_table(each.name);
    ELSIF each.name = 'ingestion_event'::regclass THEN
      PERFORM create_distributed_table(each.name, 'project_id', colocate_with => 'none');
    ELSE
      PERFORM create_distributed_table(each.name, 'project_id', colocate_with => 'ingestion_event');
    END IF;
  END LOOP;

  FOR each IN SELECT * FROM inner_key LOOP
    EXECUTE format(
      'ALTER TABLE %s ADD CONSTRAINT %I FOREIGN KEY (project_id, %I)'
      ' REFERENCES %s (project_id, id) DEFERRABLE INITIALLY DEFERRED',
      each.source, each.name, each.field, each.target);
  END LOOP;
END $$;
