-- Runs, what is free on them, and who travels. The distribution key of every table is the run.

create table train_runs (
    id           uuid primary key,
    number       text not null,
    name         text not null,
    service_date date not null,
    created_at   timestamptz not null default now(),
    cancelled_at timestamptz
);

create table train_stops (
    run_id       uuid not null,
    position     smallint not null,
    station      text not null,
    -- In the form in which names are compared: see TrainName.
    station_key  text not null,
    service_date date not null,
    arrives_at   timestamptz,
    departs_at   timestamptz,
    distance_km  numeric(9, 3) not null,
    primary key (run_id, position),
    unique (run_id, station_key)
);
create index train_stops_search on train_stops (station_key, service_date, run_id);

-- Its row is the lock under which tickets of a class are cancelled and waitlisted: a request that only takes a free seat does not lock it.
create table train_classes (
    run_id        uuid not null,
    class         text not null,
    fare_per_km   numeric(12, 4) not null,
    next_waitlist_number bigint not null default 1,
    primary key (run_id, class)
);

create table seats (
    run_id uuid not null,
    seat   smallint not null, -- through the whole train, from 1
    class  text not null,
    coach  text not null,
    number smallint not null, -- in its coach, from 1
    primary key (run_id, seat)
);

-- Where a seat is free: from the stop `starts` to the stop `ends`, as long as possible. A request that takes a part of one locks its
-- row, shortens or deletes it, and adds what is left behind the part, all in one statement: two can never hold a seat on one segment.
create table free_segments (
    run_id uuid not null,
    seat   smallint not null,
    starts smallint not null,
    ends   smallint not null check (ends > starts),
    class  text not null,
    primary key (run_id, seat, starts)
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
-- Best fit first.
create index free_segments_fit on free_segments (run_id, class, (ends - starts), starts, seat) include (ends);

create table train_tickets (
    run_id          uuid not null,
    id              uuid not null,
    user_id         uuid not null,
    class           text not null,
    starts          smallint not null,
    ends            smallint not null,
    passengers      text[] not null,
    -- Empty while waitlisted; kept when cancelled.
    seats           smallint[] not null,
    fare            numeric(14, 2) not null,
    status          text not null check (status in ('confirmed', 'waitlisted', 'cancelled')),
    -- The place on the waitlist of its run and class, and the position in the first response.
    waitlist_number bigint,
    first_position  int,
    idempotency_key text,
    issued_at       timestamptz not null default now(),
    cancelled_at    timestamptz,
    refund          numeric(14, 2),
    refund_percent  smallint,
    used_at         timestamptz,
    used_by         uuid,
    used_where      text,
    primary key (run_id, id)
);
create unique index train_tickets_key on train_tickets (run_id, user_id, idempotency_key) where idempotency_key is not null;
create index train_tickets_waitlist on train_tickets (run_id, class, waitlist_number) where status = 'waitlisted';
-- A user's list: one query to each shard, however many runs there are.
create index train_tickets_user on train_tickets (user_id, id);

-- How the tables are distributed over shards.
comment on table train_runs is 'distributed by id';
comment on table train_stops is 'distributed by run_id';
comment on table train_classes is 'distributed by run_id';
comment on table seats is 'distributed by run_id';
comment on table free_segments is 'distributed by run_id';
comment on table train_tickets is 'distributed by run_id';
