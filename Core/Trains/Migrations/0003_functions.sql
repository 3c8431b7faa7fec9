-- What changes a run's tickets and free segments in one round trip. Each function touches the rows of one run only, so on Citus the call is
-- forwarded to the node of the run, and commits there. A function is never changed, because servers of the previous version may still call
-- it: a change is a new function with the next number. Names that begin with _ are parameters and variables.

-- Issues a ticket for one passenger on the best fitting free segment that no other request is taking. Null when there is none.
create function buy_train_seat_1(
    _run uuid, _class text, _starts smallint, _ends smallint, _ticket uuid, _user uuid, _passengers text[], _fare numeric, _key text,
    out _seats smallint[], out _issued_at timestamptz
) language plpgsql as $$
declare
    _seat smallint;
    _free_from smallint;
    _free_to smallint;
begin
    select seat, starts, ends into _seat, _free_from, _free_to from free_segments
    where run_id = _run and class = _class and ends - starts >= _ends::int - _starts::int and starts <= _starts and ends >= _ends
    order by ends - starts, starts, seat limit 1 for update skip locked;
    if not found then
        return;
    end if;

    if _free_from < _starts then
        update free_segments set ends = _starts where run_id = _run and seat = _seat and starts = _free_from;
        if _ends < _free_to then
            insert into free_segments (run_id, seat, starts, ends, class) values (_run, _seat, _ends, _free_to, _class);
        end if;
    elsif _ends < _free_to then
        update free_segments set starts = _ends where run_id = _run and seat = _seat and starts = _free_from;
    else
        delete from free_segments where run_id = _run and seat = _seat and starts = _free_from;
    end if;

    _seats := array[_seat];
    insert into train_tickets (run_id, id, user_id, class, starts, ends, passengers, seats, fare, status, idempotency_key)
    values (_run, _ticket, _user, _class, _starts, _ends, _passengers, _seats, _fare, 'confirmed', _key)
    returning issued_at into _issued_at;
end $$;

-- Issues a ticket on chosen seats, one for each passenger. Null when another request has one of them, or is taking one; with _wait it waits
-- for requests that are taking one.
create function buy_chosen_train_seats_1(
    _run uuid, _class text, _starts smallint, _ends smallint, _ticket uuid, _user uuid, _passengers text[], _fare numeric, _key text,
    _chosen smallint[], _wait boolean, out _seats smallint[], out _issued_at timestamptz
) language plpgsql as $$
declare
    _from smallint[];
    _to smallint[];
begin
    if _wait then
        select array_agg(seat), array_agg(starts), array_agg(ends) into _seats, _from, _to from (
            select seat, starts, ends from free_segments
            where run_id = _run and seat = any(_chosen) and starts <= _starts and ends >= _ends
            order by seat for update
        ) as pick;
    else
        select array_agg(seat), array_agg(starts), array_agg(ends) into _seats, _from, _to from (
            select seat, starts, ends from free_segments
            where run_id = _run and seat = any(_chosen) and starts <= _starts and ends >= _ends
            order by seat for update skip locked
        ) as pick;
    end if;
    if coalesce(cardinality(_seats), 0) <> cardinality(_passengers) then
        _seats := null;
        return;
    end if;

    for _i in 1 .. cardinality(_seats) loop
        if _from[_i] < _starts then
            update free_segments set ends = _starts where run_id = _run and seat = _seats[_i] and starts = _from[_i];
            if _ends < _to[_i] then
                insert into free_segments (run_id, seat, starts, ends, class) values (_run, _seats[_i], _ends, _to[_i], _class);
            end if;
        elsif _ends < _to[_i] then
            update free_segments set starts = _ends where run_id = _run and seat = _seats[_i] and starts = _from[_i];
        else
            delete from free_segments where run_id = _run and seat = _seats[_i] and starts = _from[_i];
        end if;
    end loop;

    insert into train_tickets (run_id, id, user_id, class, starts, ends, passengers, seats, fare, status, idempotency_key)
    values (_run, _ticket, _user, _class, _starts, _ends, _passengers, _seats, _fare, 'confirmed', _key)
    returning issued_at into _issued_at;
end $$;

-- Adds a ticket at the end of the waitlist, unless it has _limit tickets: then null. The caller holds the lock of the class.
create function waitlist_train_ticket_1(
    _run uuid, _class text, _starts smallint, _ends smallint, _ticket uuid, _user uuid, _passengers text[], _fare numeric, _key text,
    _limit integer, out _first_position integer, out _issued_at timestamptz
) language plpgsql as $$
declare
    _number bigint;
begin
    select count(*) + 1 into _first_position from train_tickets where run_id = _run and class = _class and status = 'waitlisted';
    if _first_position > _limit then
        _first_position := null;
        return;
    end if;
    update train_classes set next_waitlist_number = next_waitlist_number + 1 where run_id = _run and class = _class
    returning next_waitlist_number - 1 into _number;
    insert into train_tickets (run_id, id, user_id, class, starts, ends, passengers, seats, fare, status, waitlist_number, first_position,
        idempotency_key)
    values (_run, _ticket, _user, _class, _starts, _ends, _passengers, array[]::smallint[], _fare, 'waitlisted', _number, _first_position,
        _key)
    returning issued_at into _issued_at;
end $$;

-- Cancels a ticket and frees its seats. _outcome is what happened: 'cancelled'; 'kept' when the run is cancelled, or the ticket does not
-- exist, is used or was cancelled before; 'awaited' when tickets are waitlisted and _anyway is false, and nothing was done: the caller then
-- holds the lock of the class, cancels anyway, and confirms the tickets that fit. _amount and _percent: the refund of a confirmed ticket.
create function cancel_train_ticket_1(
    _run uuid, _class text, _ticket uuid, _amount numeric, _percent smallint, _anyway boolean,
    out _outcome text, out _seats smallint[], out _refund numeric, out _refund_percent smallint, out _cancelled_at timestamptz
) language plpgsql as $$
declare
    _from smallint;
    _to smallint;
    _status text;
    _joined_from smallint;
    _joined_to smallint;
begin
    _outcome := 'kept';
    perform 1 from train_classes where run_id = _run and class = _class for update;
    perform 1 from train_runs where id = _run and cancelled_at is null;
    if not found then
        return;
    end if;
    select status, seats, starts, ends, fare into _status, _seats, _from, _to, _refund from train_tickets
    where run_id = _run and id = _ticket and status in ('confirmed', 'waitlisted') and used_at is null for update;
    if not found then
        return;
    end if;
    _refund_percent := 100;
    if _status = 'confirmed' then
        _refund := _amount;
        _refund_percent := _percent;
        if not _anyway then
            perform 1 from train_tickets where run_id = _run and class = _class and status = 'waitlisted' limit 1;
            if found then
                _outcome := 'awaited';
                return;
            end if;
        end if;
    end if;

    update train_tickets set status = 'cancelled', cancelled_at = now(), refund = _refund, refund_percent = _refund_percent
    where run_id = _run and id = _ticket
    returning cancelled_at into _cancelled_at;

    -- A seat's segment is joined with those beside it. One that is being taken is waited for, until none is to be seen: then none can
    -- come, because new ones are only parts of what is to be seen, or belong to the holder of the class's lock.
    for _i in 1 .. cardinality(_seats) loop
        _joined_from := _from;
        _joined_to := _to;
        for _attempt in 1 .. 51 loop
            perform 1 from free_segments
            where run_id = _run and seat = _seats[_i] and (ends = _joined_from or starts = _joined_to) limit 1;
            exit when not found;
            if _attempt = 51 then
                raise exception 'The segments beside a seat of run % kept changing.', _run using errcode = 'lock_not_available';
            end if;
            with gone as (
                delete from free_segments
                where run_id = _run and seat = _seats[_i] and (ends = _joined_from or starts = _joined_to)
                returning starts, ends
            )
            select least(_joined_from, min(starts)), greatest(_joined_to, max(ends)) into _joined_from, _joined_to from gone;
        end loop;
        insert into free_segments (run_id, seat, starts, ends, class) values (_run, _seats[_i], _joined_from, _joined_to, _class);
    end loop;
    _outcome := 'cancelled';
end $$;

-- Gives free segments to waitlisted tickets as planned; false, and nothing done, when one of the segments has changed. The caller holds the
-- lock of the class. _seats, _starts and _ends: the segments that are used. _kept: the new ends of those that keep their start; null where
-- nothing is left. _left_*: what else is left free. _tickets and _ticket_seats: the tickets and their seats, each as the text of an array.
create function confirm_train_tickets_1(
    _run uuid, _class text, _seats smallint[], _starts smallint[], _ends smallint[], _kept smallint[], _left_seats smallint[],
    _left_starts smallint[], _left_ends smallint[], _tickets uuid[], _ticket_seats text[], out _confirmed boolean
) language plpgsql as $$
begin
    for _i in 1 .. cardinality(_seats) loop
        perform 1 from free_segments
        where run_id = _run and seat = _seats[_i] and starts = _starts[_i] and ends = _ends[_i] for update;
        if not found then
            _confirmed := false;
            return;
        end if;
    end loop;
    for _i in 1 .. cardinality(_seats) loop
        if _kept[_i] is null then
            delete from free_segments where run_id = _run and seat = _seats[_i] and starts = _starts[_i];
        else
            update free_segments set ends = _kept[_i] where run_id = _run and seat = _seats[_i] and starts = _starts[_i];
        end if;
    end loop;
    for _i in 1 .. cardinality(_left_seats) loop
        insert into free_segments (run_id, seat, starts, ends, class)
        values (_run, _left_seats[_i], _left_starts[_i], _left_ends[_i], _class);
    end loop;
    for _i in 1 .. cardinality(_tickets) loop
        update train_tickets set status = 'confirmed', seats = _ticket_seats[_i]::smallint[] where run_id = _run and id = _tickets[_i];
    end loop;
    _confirmed := true;
end $$;

-- Adds a run with all seats free. Rows that are made of arrays are selected from the run: so Citus knows where they belong.
create function add_train_run_1(
    _run uuid, _number text, _name text, _service_date date, _stations text[], _keys text[], _arrivals timestamptz[],
    _departures timestamptz[], _distances numeric[], _classes text[], _fares numeric[], _coaches text[], _coach_classes text[],
    _coach_seats integer[]
) returns void language plpgsql as $$
begin
    insert into train_runs (id, number, name, service_date) values (_run, _number, _name, _service_date);
    insert into train_stops (run_id, position, station, station_key, service_date, arrives_at, departs_at, distance_km)
    select r.id, stop.position - 1, stop.station, stop.key, r.service_date, stop.arrives, stop.departs, stop.distance
    from train_runs r
    cross join unnest(_stations, _keys, _arrivals, _departures, _distances) with ordinality
        as stop (station, key, arrives, departs, distance, position)
    where r.id = _run;
    insert into train_classes (run_id, class, fare_per_km)
    select r.id, one.class, one.fare from train_runs r cross join unnest(_classes, _fares) as one (class, fare) where r.id = _run;
    insert into seats (run_id, seat, class, coach, number)
    select r.id, coach.before + in_coach, coach.class, coach.coach, in_coach
    from train_runs r
    cross join (
        select coach, class, count, sum(count) over (order by position) - count as before
        from unnest(_coaches, _coach_classes, _coach_seats) with ordinality as one (coach, class, count, position)
    ) as coach
    cross join generate_series(1, coach.count) as in_coach
    where r.id = _run;
    insert into free_segments (run_id, seat, starts, ends, class)
    select s.run_id, s.seat, 0, cardinality(_stations) - 1, s.class from seats s where s.run_id = _run;
end $$;

-- How functions and tables are distributed over shards. Tables of one key are on the same node.
comment on function buy_train_seat_1 is 'distributed by _run, colocated with train_runs';
comment on function buy_chosen_train_seats_1 is 'distributed by _run, colocated with train_runs';
comment on function waitlist_train_ticket_1 is 'distributed by _run, colocated with train_runs';
comment on function cancel_train_ticket_1 is 'distributed by _run, colocated with train_runs';
comment on function confirm_train_tickets_1 is 'distributed by _run, colocated with train_runs';
comment on function add_train_run_1 is 'distributed by _run, colocated with train_runs';
comment on table train_stops is 'distributed by run_id, colocated with train_runs';
comment on table train_classes is 'distributed by run_id, colocated with train_runs';
comment on table seats is 'distributed by run_id, colocated with train_runs';
comment on table free_segments is 'distributed by run_id, colocated with train_runs';
comment on table train_tickets is 'distributed by run_id, colocated with train_runs';
comment on table train_run_keys is 'distributed by user_id, colocated with users';
