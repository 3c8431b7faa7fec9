-- The first start of the primary.
create role replicator replication login password 'development-only';
select pg_create_physical_replication_slot(name) from (values ('db_2'), ('db_3')) as slots (name);
-- The limits that a server sets for each of its connections, for those that it shares through PgBouncer.
alter role app set statement_timeout = '3500ms';
alter role app set lock_timeout = '2s';
alter role app set idle_in_transaction_session_timeout = '10s';
-- From the next start on, a commit is acknowledged when one standby has it.
alter system set synchronous_standby_names = 'ANY 1 (db_2, db_3)';
