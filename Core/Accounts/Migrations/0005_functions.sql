-- What changes a user's sessions in one round trip. Each function touches the rows of one user only, so on Citus the call is forwarded to
-- the node of the user, and commits there. A function is never changed, because servers of the previous version may still call it: a change
-- is a new function with the next number. Names that begin with _ are parameters and variables.

-- Starts a session, unless the user was disabled, deleted or given another password: then _role is null. Of the other live sessions the
-- _others newest remain, and _ended are those that ended. _event and _surplus_event: the ids of the audit entries.
create function start_session_1(
    _user uuid, _session uuid, _family_hash bytea, _token_hash bytea, _password_hash text, _lifetime interval, _others integer,
    _address text, _network text, _user_agent text, _event uuid, _event_type text, _surplus_event uuid, _surplus_type text,
    out _role text, out _ended uuid[]
) language plpgsql as $$
begin
    select role into _role from users where id = _user and disabled_at is null and password_hash = _password_hash for share;
    if not found then
        return;
    end if;
    with ended as (
        update sessions set ended_at = now()
        where user_id = _user and ended_at is null and id in (
            select id from sessions where user_id = _user and ended_at is null and expires_at > now() order by id desc offset _others
        )
        returning id
    )
    select coalesce(array_agg(id), '{}') into _ended from ended;
    insert into sessions (user_id, id, family_hash, token_hash, expires_at, address, network, user_agent)
    values (_user, _session, _family_hash, _token_hash, now() + _lifetime, _address, _network, _user_agent);
    insert into account_events (user_id, id, type, session_id, address, user_agent)
    values (_user, _event, _event_type, _session, _address, _user_agent);
    if cardinality(_ended) > 0 then
        insert into account_events (user_id, id, type, session_id, address, user_agent)
        values (_user, _surplus_event, _surplus_type, _ended[1], _address, _user_agent);
    end if;
end $$;

-- Ends the live sessions of a user and, if there are any, adds an audit entry. _only: the one to end; null for all. _except: the one to
-- keep; null for none. _ended: the sessions that ended.
create function end_sessions_1(
    _user uuid, _only uuid, _except uuid, _event uuid, _event_type text, _address text, _user_agent text, out _ended uuid[]
) language plpgsql as $$
begin
    with ended as (
        update sessions set ended_at = now()
        where user_id = _user and ended_at is null and (_only is null or id = _only) and (_except is null or id <> _except)
        returning id
    )
    select coalesce(array_agg(id), '{}') into _ended from ended;
    if cardinality(_ended) > 0 then
        insert into account_events (user_id, id, type, session_id, address, user_agent)
        values (_user, _event, _event_type, _only, _address, _user_agent);
    end if;
end $$;

-- Sets another password hash, unless _version is no longer the current one: then _ended is null. Ends the live sessions except _keep.
create function change_password_1(
    _user uuid, _version bigint, _after text, _keep uuid, _event uuid, _event_type text, _address text, _user_agent text, out _ended uuid[]
) language plpgsql as $$
begin
    update users set password_hash = _after, version = version + 1, updated_at = now() where id = _user and version = _version;
    if not found then
        return;
    end if;
    insert into account_events (user_id, id, type, session_id, address, user_agent)
    values (_user, _event, _event_type, _keep, _address, _user_agent);
    -- A statement of its own: the first may have waited for a login with the old password, whose session it does not see.
    with ended as (
        update sessions set ended_at = now() where user_id = _user and ended_at is null and (_keep is null or id <> _keep) returning id
    )
    select coalesce(array_agg(id), '{}') into _ended from ended;
end $$;

-- How functions and tables are distributed over shards. Tables of one key are on the same node. The keys of signing are read by every
-- server at every node.
comment on function start_session_1 is 'distributed by _user, colocated with users';
comment on function end_sessions_1 is 'distributed by _user, colocated with users';
comment on function change_password_1 is 'distributed by _user, colocated with users';
comment on table sessions is 'distributed by user_id, colocated with users';
comment on table account_events is 'distributed by user_id, colocated with users';
comment on table erasures is 'distributed by user_id, colocated with users';
comment on table signing_keys is 'reference table';
