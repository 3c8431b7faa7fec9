-- How the tables are distributed over shards. Tables of one key are on the same node.
comment on table portfolios is 'distributed by user_id, colocated with users';
comment on table instruments is 'distributed by user_id, colocated with users';
comment on table instrument_names is 'distributed by user_id, colocated with users';
comment on table ledger_entries is 'distributed by user_id, colocated with users';
comment on table ledger_keys is 'distributed by user_id, colocated with users';
comment on table position_versions is 'distributed by user_id, colocated with users';
comment on table lots is 'distributed by user_id, colocated with users';
comment on table cash_days is 'distributed by user_id, colocated with users';
comment on table cash_months is 'distributed by user_id, colocated with users';
comment on table external_flows is 'distributed by user_id, colocated with users';
