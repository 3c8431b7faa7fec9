-- The keys of access tokens are in the table keys from now on. signing_keys stays for servers of the previous version, which
-- may still run while this is applied; nothing else reads it.
insert into keys (kid, purpose, private_key, created_at, signs_from)
select kid, 'access-tokens', private_key, created_at, created_at from signing_keys
on conflict do nothing;
