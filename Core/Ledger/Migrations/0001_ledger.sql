-- The entries of investors and what is computed from them. The distribution key is the user. Closing prices are shared by all users: a
-- reference table.
-- kind: 0 split, 1 deposit, 2 buy, 3 dividend, 4 sell, 5 fee, 6 withdrawal. Entries of one moment count in this order.

-- One row for each user: a request that changes the portfolio holds its lock. version counts the changes. Growth in external_flows is valid
-- before chained_until, with the closing prices up to prices_version.
create table portfolios (
    user_id          uuid primary key,
    currency         text not null,
    time_zone        text not null,
    long_term_months smallint not null check (long_term_months between 0 and 120),
    year_starts_in   smallint not null check (year_starts_in between 1 and 12),
    version          bigint not null default 0,
    chained_until    timestamptz not null default 'infinity',
    prices_version   bigint not null default 0
) with (fillfactor = 50);

-- What a user holds or held, by its first name; '' is the cash account. symbol and isin are the latest.
create table instruments (
    user_id    uuid not null,
    instrument text not null,
    symbol     text not null,
    isin       text,
    primary key (user_id, instrument)
);

-- The instruments of symbols and ISINs: a renamed share keeps its ISIN, a split one its symbol.
create table instrument_names (
    user_id    uuid not null,
    name       text not null,
    instrument text not null,
    primary key (user_id, name)
);
create index instrument_names_instrument on instrument_names (user_id, instrument);

-- cash is what the entry adds to the cash account. trade_key identifies a broker's trade across files.
create table ledger_entries (
    user_id    uuid not null,
    id         uuid not null,
    at         timestamptz not null,
    kind       smallint not null check (kind between 0 and 6),
    instrument text not null,
    symbol     text,
    isin       text,
    quantity   numeric check (quantity > 0),
    price      numeric check (price >= 0),
    amount     numeric check (amount > 0),
    charges    numeric check (charges >= 0),
    ratio      numeric check (ratio > 0),
    per        numeric check (per > 0),
    note       text,
    trade_key  text,
    cash       numeric not null,
    created_at timestamptz not null,
    primary key (user_id, id)
);
create index ledger_entries_instrument on ledger_entries (user_id, instrument, at, kind, id);
create index ledger_entries_moment on ledger_entries (user_id, at, kind, id);
create unique index ledger_entries_trade on ledger_entries (user_id, trade_key) where trade_key is not null;
create unique index ledger_entries_split on ledger_entries (user_id, instrument, at) where kind = 0;

-- The first response to a request with an idempotency key: it outlives the entry.
create table ledger_keys (
    user_id  uuid not null,
    key      text not null,
    request  bytea not null,
    response text not null,
    primary key (user_id, key)
);

-- The position of an instrument after each of its entries: sums since the first. Cash over all instruments is the cash account.
-- Units are counted in eras, which end with a split; sold is the number of units of the era that were sold.
create table position_versions (
    user_id       uuid not null,
    instrument    text not null,
    at            timestamptz not null,
    kind          smallint not null,
    entry_id      uuid not null,
    quantity      numeric not null check (quantity >= 0),
    cost          numeric not null check (cost >= 0),
    realised      numeric not null,
    realised_long numeric not null,
    cash          numeric not null,
    income        numeric not null,
    fees          numeric not null,
    deposits      numeric not null,
    withdrawals   numeric not null,
    era           integer not null,
    sold          numeric not null,
    trade_price   numeric,
    trade_at      timestamptz,
    split_at      timestamptz,
    split_factor  numeric not null,
    primary key (user_id, instrument, at, kind, entry_id)
);

-- The units of one purchase. The units that came in during an era are numbered: those of a lot end with last_unit. Which of them were still
-- held as of a moment follows from `sold` of the version then: a sale changes no lot.
create table lots (
    user_id    uuid not null,
    instrument text not null,
    era        integer not null,
    last_unit       numeric not null,
    entry_id   uuid not null,
    opened_at  timestamptz not null,
    quantity   numeric not null check (quantity > 0),
    cost       numeric not null check (cost >= 0),
    primary key (user_id, instrument, era, last_unit)
);

-- The cash account by day and by month (UTC): what came in, and the lowest balance after a moment of it, relative to its start.
create table cash_days (
    user_id uuid not null,
    day     date not null,
    net     numeric not null,
    low     numeric not null,
    primary key (user_id, day)
);
create table cash_months (
    user_id uuid not null,
    month   date not null,
    net     numeric not null,
    low     numeric not null,
    primary key (user_id, month)
);

-- The moments of deposits and withdrawals. day is in the time zone of the portfolio. value is the value of the portfolio after the moment,
-- less net; growth is the product of the factors of all sub-periods up to then.
create table external_flows (
    user_id uuid not null,
    at      timestamptz not null,
    day     date not null,
    net     numeric not null,
    value   numeric,
    growth  double precision,
    primary key (user_id, at)
);

create table prices (
    symbol  text not null,
    date    date not null,
    close   numeric not null check (close > 0),
    version bigint not null,
    primary key (symbol, date)
);
create index prices_version on prices (symbol, version);

-- One row: the number of changes of prices. A transaction that changes prices holds its lock, so that versions become visible in order.
create table price_versions (
    one     boolean primary key check (one),
    version bigint not null
);
insert into price_versions (one, version) values (true, 0);

-- How the tables are distributed over shards.
comment on table portfolios is 'distributed by user_id';
comment on table instruments is 'distributed by user_id';
comment on table instrument_names is 'distributed by user_id';
comment on table ledger_entries is 'distributed by user_id';
comment on table ledger_keys is 'distributed by user_id';
comment on table position_versions is 'distributed by user_id';
comment on table lots is 'distributed by user_id';
comment on table cash_days is 'distributed by user_id';
comment on table cash_months is 'distributed by user_id';
comment on table external_flows is 'distributed by user_id';
comment on table prices is 'reference table';
comment on table price_versions is 'reference table';
