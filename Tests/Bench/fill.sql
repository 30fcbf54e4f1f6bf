-- Fills a new database: :jobs jobs with 3 triggers each, none of them due within the year, and :executions executions.
PRAGMA synchronous = OFF;
BEGIN IMMEDIATE;

INSERT INTO device (name, address, platform, network_id, created_at)
VALUES ('r1', '127.0.0.1', 'frr', 1, 0);

WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :jobs)
INSERT INTO job (id, name, network_id, type, changes_devices, owner, revision, created_at, updated_at)
SELECT i, printf('job-%06d', i), 1, 'backup', 0, 'bench', 1, 0, 0 FROM n;

INSERT INTO job_revision (job_id, revision, definition, saved_by, saved_at)
SELECT id, 1, '{"comment":"","options":{"backupAfter":false,"batch":[],"overlap":"skip","retries":0,"save":false},"parameters":{},"sealedParameters":{},"targets":{"kind":"all-devices"},"type":"backup","values":{}}', 'bench', 0 FROM job;

INSERT INTO job_trigger (job_id, name, kind, schedule, timezone, next_fire)
SELECT job.id, t.name, 'cron', 'cron 0 2 * * *', 'UTC', (CAST(strftime('%s', 'now') AS INTEGER) + 31536000 + job.id) * 1000
FROM job, (SELECT 'a' AS name UNION ALL SELECT 'b' UNION ALL SELECT 'c') AS t;

WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :executions)
INSERT INTO execution (job_id, job, network_id, network, type, revision, changes_devices, user, trigger_id, trigger_name,
  scheduled_at, status, start_time, end_time, devices_total, summary)
SELECT 1 + i % :jobs, printf('job-%06d', 1 + i % :jobs), 1, 'default', 'backup', 1, 0, 'bench', 1 + i % (3 * :jobs), 'a',
  i * 60000, 'succeeded', i * 60000, i * 60000 + 4000, 1, 'unchanged'
FROM n;

COMMIT;
PRAGMA wal_checkpoint(TRUNCATE);
