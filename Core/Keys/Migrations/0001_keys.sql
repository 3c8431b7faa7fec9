-- Keys that sign: access tokens (RSA), codes of tickets (Ed25519), cursors (HMAC). The private part is encrypted, bound to
-- its kid and purpose. One row concerns every server, so the table is not distributed.
--
-- Of each purpose the key with the latest signs_from that has passed signs. A key is added before it signs, so that every
-- server has read it by then. A revoked key verifies nothing.
create table keys (
    kid         text primary key,
    purpose     text not null check (purpose in ('access-tokens', 'ticket-codes', 'cursors')),
    private_key text not null,
    created_at  timestamptz not null default now(),
    signs_from  timestamptz not null,
    revoked_at  timestamptz
);

-- How the tables are distributed over shards.
comment on table keys is 'not distributed';
