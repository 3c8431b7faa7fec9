-- Users, their sessions and the audit trail. The distribution key of each table is its first key column.

-- A normalized username or email address and its user: makes both unique, across each other and across shards.
create table identifiers (
    identifier text primary key,
    user_id    uuid not null
);

create table users (
    id            uuid primary key,
    username      text not null,
    email         text,
    password_hash text not null,
    role          text not null default 'user' check (role in ('user', 'inspector', 'admin')),
    disabled_at   timestamptz,
    version       bigint not null default 1,
    created_at    timestamptz not null default now(),
    updated_at    timestamptz not null default now()
);

-- A login and its family of refresh tokens: only hashes are stored.
create table sessions (
    user_id       uuid not null,
    id            uuid not null,
    family_hash   bytea not null,
    token_hash    bytea not null,
    previous_hash bytea,
    salt          bytea,
    rotated_at    timestamptz,
    created_at    timestamptz not null default now(),
    last_used_at  timestamptz not null default now(),
    expires_at    timestamptz not null,
    ended_at      timestamptz,
    address       text,
    -- What counts as one client: an IPv4 address, or the /64 of an IPv6 address.
    network       text,
    user_agent    text,
    primary key (user_id, id)
);

-- Every pod reads the recently ended sessions every RevocationInterval: 30 times a minute by default.
create index sessions_ended on sessions (ended_at) where ended_at is not null;
create index sessions_expiry on sessions (expires_at);

-- The audit trail.
create table account_events (
    user_id    uuid not null,
    id         uuid not null,
    at         timestamptz not null default now(),
    type       text not null,
    actor_id   uuid,
    session_id uuid,
    address    text,
    user_agent text,
    primary key (user_id, id)
);

-- Failed sign-ins of an account or an address, as a leaky bucket: its level at updated_at.
create table login_failures (
    subject    text primary key,
    level      double precision not null,
    updated_at timestamptz not null
);

-- RSA keys that sign access tokens, the private part encrypted (PKCS#8, PBES2). One is current: retired_at is null.
create table signing_keys (
    kid         text primary key,
    private_key text not null,
    created_at  timestamptz not null default now(),
    retired_at  timestamptz
);
create unique index signing_keys_current on signing_keys ((1)) where retired_at is null;

-- How the tables are distributed over shards.
comment on table identifiers is 'distributed by identifier';
comment on table users is 'distributed by id';
comment on table sessions is 'distributed by user_id';
comment on table account_events is 'distributed by user_id';
comment on table login_failures is 'distributed by subject';
comment on table signing_keys is 'not distributed';
