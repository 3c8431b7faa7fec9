-- Where vehicles park and what it costs. The distribution key is the lot. Kinds of vehicles and spots: 0 motorcycle, 1 car, 2 truck.

create table parking_lots (
    id         uuid primary key,
    name       text not null,
    time_zone  text not null,
    created_at timestamptz not null default now()
);

-- How many spots of a kind a lot has, and what a vehicle of that kind pays.
create table parking_rates (
    lot_id        uuid not null,
    kind          smallint not null check (kind between 0 and 2),
    spots         integer not null check (spots >= 0),
    grace_minutes integer not null check (grace_minutes >= 0),
    first_hour    numeric not null check (first_hour >= 0),
    further_hour  numeric not null check (further_hour >= 0),
    day_cap       numeric not null check (day_cap >= 0),
    primary key (lot_id, kind)
);

create table parking_spots (
    lot_id    uuid not null,
    kind      smallint not null,
    number    integer not null,
    ticket_id uuid,
    primary key (lot_id, kind, number)
);
create index parking_spots_free on parking_spots (lot_id, kind, number) where ticket_id is null;

-- How many spots are taken is the sum over the stripes, of which one may be below zero: a request updates one that no other is
-- updating, so none waits.
create table parking_occupancy (
    lot_id uuid not null,
    kind   smallint not null,
    stripe smallint not null check (stripe between 0 and 63),
    taken  integer not null default 0,
    primary key (lot_id, kind, stripe)
) with (fillfactor = 50);

-- spot_kind may be larger than vehicle. used_*: when, by whom and where the ticket was used.
create table parking_tickets (
    lot_id          uuid not null,
    id              uuid not null,
    user_id         uuid not null,
    plate           text not null,
    vehicle         smallint not null,
    spot_kind       smallint not null,
    spot_number     integer not null,
    entered_at      timestamptz not null,
    exited_at       timestamptz check (exited_at >= entered_at),
    fee             numeric check (fee >= 0),
    idempotency_key text,
    used_at         timestamptz,
    used_by         uuid,
    used_where      text,
    primary key (lot_id, id),
    check ((exited_at is null) = (fee is null))
);
create unique index parking_tickets_parked on parking_tickets (lot_id, plate) where exited_at is null;
create unique index parking_tickets_key on parking_tickets (lot_id, user_id, idempotency_key) where idempotency_key is not null;
create index parking_tickets_user on parking_tickets (user_id, id);

-- How the tables are distributed over shards.
comment on table parking_lots is 'distributed by id';
comment on table parking_rates is 'distributed by lot_id';
comment on table parking_spots is 'distributed by lot_id';
comment on table parking_occupancy is 'distributed by lot_id';
comment on table parking_tickets is 'distributed by lot_id';
