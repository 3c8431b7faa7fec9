-- The closes of a symbol in 128 days as one row: long histories read a hundredth of the rows that they would read from prices, and no
-- numerics. Blocks are derived from prices and written with them. block is (date - 1900-01-01) / 128. closes has 10 bytes for each close,
-- oldest first: its day within the block (int2) and the close in millionths (int8). A reference table, like prices.
create table price_blocks (
    symbol text not null,
    block  integer not null,
    closes bytea not null,
    primary key (symbol, block)
);

-- What a block can store: prices are checked for it before they are written.
alter table prices add constraint prices_close_exact check (close < 1000000000000 and min_scale(close) <= 6);

insert into price_blocks (symbol, block, closes)
select symbol, (date - date '1900-01-01') / 128,
       string_agg(int2send(((date - date '1900-01-01') % 128)::smallint) || int8send((close * 1000000)::bigint), ''::bytea order by date)
from prices group by 1, 2;

-- How the tables are distributed over shards.
comment on table price_blocks is 'reference table';
