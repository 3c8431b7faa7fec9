-- On Citus every node has the keys, so that a server can connect to any of them.
comment on table keys is 'reference table';
