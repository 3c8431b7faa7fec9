-- What changes a lot in one round trip. Each function touches the rows of one lot only, so on Citus the call is forwarded to the node of
-- the lot, and commits there. A function is never changed, because servers of the previous version may still call it: a change is a new
-- function with the next number. Names that begin with _ are parameters and variables.

-- Takes a spot and adds the ticket. Null when there is no free spot or stripe. _stripe: the first one to try. With _wait it waits for spots
-- and stripes that other requests are taking, instead of passing them over.
create function park_vehicle_1(
    _lot uuid, _vehicle smallint, _ticket uuid, _stripe smallint, _user uuid, _plate text, _now timestamptz, _key text, _wait boolean,
    out _spot_kind smallint, out _spot_number integer
) language plpgsql as $$
declare
    _kind smallint;
    _number integer;
    _count_on smallint;
begin
    if _wait then
        select kind, number into _kind, _number from parking_spots where lot_id = _lot and kind >= _vehicle and ticket_id is null
        order by kind, number limit 1 for update;
        select stripe into _count_on from parking_occupancy where lot_id = _lot and kind = _kind
        order by stripe < _stripe, stripe limit 1 for update;
    else
        select kind, number into _kind, _number from parking_spots where lot_id = _lot and kind >= _vehicle and ticket_id is null
        order by kind, number limit 1 for update skip locked;
        select stripe into _count_on from parking_occupancy where lot_id = _lot and kind = _kind
        order by stripe < _stripe, stripe limit 1 for update skip locked;
    end if;
    if _count_on is null then
        return;
    end if;

    update parking_spots set ticket_id = _ticket where lot_id = _lot and kind = _kind and number = _number;
    update parking_occupancy set taken = taken + 1 where lot_id = _lot and kind = _kind and stripe = _count_on;
    insert into parking_tickets (lot_id, id, user_id, plate, vehicle, spot_kind, spot_number, entered_at, idempotency_key)
    values (_lot, _ticket, _user, _plate, _vehicle, _kind, _number, _now, _key);
    _spot_kind := _kind;
    _spot_number := _number;
end $$;

-- Adds a lot with all its spots. Arrays are in the order of the kinds. Rows that are made of arrays are selected from the lot: so Citus
-- knows where they belong.
create function add_parking_lot_1(
    _lot uuid, _name text, _time_zone text, _spots integer[], _grace integer[], _first_hour numeric[], _further_hour numeric[],
    _day_cap numeric[]
) returns void language plpgsql as $$
begin
    insert into parking_lots (id, name, time_zone) values (_lot, _name, _time_zone);
    insert into parking_rates (lot_id, kind, spots, grace_minutes, first_hour, further_hour, day_cap)
    select l.id, r.kind - 1, r.spots, r.grace_minutes, r.first_hour, r.further_hour, r.day_cap
    from parking_lots l
    cross join unnest(_spots, _grace, _first_hour, _further_hour, _day_cap) with ordinality
        as r (spots, grace_minutes, first_hour, further_hour, day_cap, kind)
    where l.id = _lot;
    insert into parking_occupancy (lot_id, kind, stripe)
    select l.id, kind, stripe from parking_lots l cross join generate_series(0, 2) as kind cross join generate_series(0, 63) as stripe
    where l.id = _lot;
    insert into parking_spots (lot_id, kind, number)
    select r.lot_id, r.kind, number from parking_rates r cross join generate_series(1, r.spots) as number where r.lot_id = _lot;
end $$;

-- How functions and tables are distributed over shards. Tables of one key are on the same node.
comment on function park_vehicle_1 is 'distributed by _lot, colocated with parking_lots';
comment on function add_parking_lot_1 is 'distributed by _lot, colocated with parking_lots';
comment on table parking_rates is 'distributed by lot_id, colocated with parking_lots';
comment on table parking_spots is 'distributed by lot_id, colocated with parking_lots';
comment on table parking_occupancy is 'distributed by lot_id, colocated with parking_lots';
comment on table parking_tickets is 'distributed by lot_id, colocated with parking_lots';
comment on table parking_lot_keys is 'distributed by user_id, colocated with users';
