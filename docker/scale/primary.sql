-- The first start of the primary.
create role replicator replication login password 'development-only';
select pg_create_physical_replication_slot(name) from (values ('db_2'), ('db_3')) as slots (name);
-- From the next start on, a commit is acknowledged when one standby has it.
alter system set synchronous_standby_names = 'ANY 1 (db_2, db_3)';
