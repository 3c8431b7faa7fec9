-- A request with an idempotency key that was answered with 409 is kept as a row with the status 'refused', so that the unique index on
-- the key gives all copies of one request one response. `refusal` has the reason. Such rows are not tickets and are removed after a
-- while.
alter table train_tickets add column refusal text;
alter table train_tickets drop constraint train_tickets_status_check;
alter table train_tickets add constraint train_tickets_status_check check (status in ('confirmed', 'waitlisted', 'cancelled', 'refused'));
create index train_tickets_refused on train_tickets (issued_at) where status = 'refused';

-- The run that an administrator added with an idempotency key. The distribution key is the user: a run's id is not known before.
create table train_run_keys (
    user_id         uuid not null,
    idempotency_key text not null,
    run_id          uuid not null,
    primary key (user_id, idempotency_key)
);

-- How the tables are distributed over shards.
comment on table train_run_keys is 'distributed by user_id';
