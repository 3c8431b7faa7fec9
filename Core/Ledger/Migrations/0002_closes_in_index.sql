-- Closes are read from the index alone, in the order of their days. Prices cannot be read or written while the index is built: seconds for
-- millions of them.
alter table prices drop constraint prices_pkey, add primary key (symbol, date) include (close);
