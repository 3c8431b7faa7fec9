-- Any user can park any plate: the service cannot know whose vehicle it is. So a plate is parked once for each user, not once for all:
-- a conflict would reveal where the vehicles of others are, and let one user lock out another's vehicle.
drop index parking_tickets_parked;
create unique index parking_tickets_parked on parking_tickets (lot_id, user_id, plate) where exited_at is null;

-- A request with an idempotency key that was answered with 409 is kept as a closed row with the reason in `refusal`, so that the unique
-- index on the key gives all copies of one request one response. Such rows are not stays and are removed after a while.
alter table parking_tickets add column refusal text;
create index parking_tickets_refused on parking_tickets (entered_at) where refusal is not null;

-- The account of the stay's user was deleted while the vehicle was parked: its plate is erased at the exit.
alter table parking_tickets add column erase_plate boolean not null default false;

-- The lot that an administrator created with an idempotency key. The distribution key is the user: a lot's id is not known before.
create table parking_lot_keys (
    user_id         uuid not null,
    idempotency_key text not null,
    lot_id          uuid not null,
    primary key (user_id, idempotency_key)
);

-- How the tables are distributed over shards.
comment on table parking_lot_keys is 'distributed by user_id';
