-- Accounts that were deleted and whose personal data is still to be erased in all modules. The row is written by the transaction that
-- deletes the user, and removed by the first complete erasure after due_at.
create table erasures (
    user_id    uuid primary key,
    deleted_at timestamptz not null default now(),
    due_at     timestamptz not null
);
create index erasures_due on erasures (due_at);

-- How the tables are distributed over shards.
comment on table erasures is 'distributed by user_id';
