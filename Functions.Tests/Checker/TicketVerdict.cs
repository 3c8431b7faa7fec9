using Dapper;
using FunctionsApp.Core.Trains;
using Npgsql;

namespace FunctionsApp.Functions.Tests.Checker;

/// <summary>Compares the responses that clients got with the tables, and the tables with each other.</summary>
static class TicketVerdict
{
    sealed class TicketRow
    {
        public Guid RunId { get; init; }
        public Guid Id { get; init; }
        public Guid UserId { get; init; }
        public required string Class { get; init; }
        public short Starts { get; init; }
        public short Ends { get; init; }
        public required string[] Passengers { get; init; }
        public required short[] Seats { get; init; }
        public required string Status { get; init; }
        public long? InLine { get; init; }
        public DateTime? UsedAt { get; init; }
    }

    sealed record SeatRow(Guid RunId, short Seat, string Class, string Coach, short Number, int Last);

    sealed record FreeRow(Guid RunId, short Seat, short Starts, short Ends);

    sealed record ParkingRow(
        Guid LotId,
        Guid Id,
        Guid UserId,
        string Plate,
        short SpotKind,
        int SpotNumber,
        DateTime? ExitedAt,
        decimal? Fee
    );

    sealed record SpotRow(Guid LotId, short Kind, int Number, Guid? TicketId);

    sealed record OccupancyRow(Guid LotId, short Kind, long Taken);

    /// <summary>What is wrong, in words; empty when nothing is.</summary>
    public static async Task<IReadOnlyList<string>> JudgeAsync(
        NpgsqlDataSource database,
        TicketRecords records,
        CancellationToken cancellationToken
    )
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        List<string> wrong = [.. records.Wrong];
        var tickets = (await connection.QueryAsync<TicketRow>("select * from train_tickets where refusal is null")).ToDictionary(ticket =>
            ticket.Id
        );
        Seats(
            wrong,
            [.. tickets.Values],
            [
                .. await connection.QueryAsync<SeatRow>(
                    "select run_id, seat, class, coach, number, (select max(position) from train_stops where train_stops.run_id = "
                        + "seats.run_id)::int as last from seats"
                ),
            ],
            [.. await connection.QueryAsync<FreeRow>("select run_id, seat, starts, ends from free_segments")]
        );
        CheckResponses(wrong, tickets, records);
        await ParkingAsync(wrong, connection, records);
        return wrong;
    }

    // Every segment of every seat is free once or has one holder, and no ticket waits for free seats.
    static void Seats(List<string> wrong, List<TicketRow> tickets, List<SeatRow> seats, List<FreeRow> free)
    {
        var holders = seats.ToDictionary(seat => (seat.RunId, (int)seat.Seat), seat => new List<string>[seat.Last]);
        foreach (var segments in holders.Values)
        {
            for (var i = 0; i < segments.Length; i++)
                segments[i] = [];
        }

        foreach (var ticket in tickets.Where(ticket => ticket.Status == "confirmed"))
        {
            if (ticket.Seats.Length != ticket.Passengers.Length)
                wrong.Add($"Ticket {ticket.Id} has {ticket.Seats.Length} seats for {ticket.Passengers.Length} passengers.");
            foreach (var seat in ticket.Seats)
                Hold(ticket.RunId, seat, ticket.Starts, ticket.Ends, $"ticket {ticket.Id}");
        }

        foreach (var one in free)
            Hold(one.RunId, one.Seat, one.Starts, one.Ends, "no ticket");
        foreach (var ((run, seat), segments) in holders)
        {
            for (var i = 0; i < segments.Length; i++)
            {
                if (segments[i].Count != 1)
                    wrong.Add(
                        $"Segment {i} of seat {seat} of run {run} has {segments[i].Count} holders: {string.Join(", ", segments[i])}."
                    );
            }
        }

        var byRun = seats.ToDictionary(seat => (seat.RunId, (int)seat.Seat));
        foreach (var waiting in tickets.Where(ticket => ticket.Status == "waitlisted"))
        {
            var fitting = free.Where(one => one.RunId == waiting.RunId)
                .Select(one => (one, Seat: byRun[(one.RunId, one.Seat)]))
                .Where(one => one.Seat.Class == waiting.Class)
                .Select(one => new FreeSeat(
                    new(one.Seat.Seat, one.Seat.Class, one.Seat.Coach, one.Seat.Number),
                    new(one.one.Starts, one.one.Ends)
                ));
            if (SeatChoice.Choose(fitting, new(waiting.Starts, waiting.Ends), waiting.Passengers.Length) is not null)
                wrong.Add($"Ticket {waiting.Id} waits while seats that it fits are free.");
        }

        void Hold(Guid run, int seat, int starts, int ends, string holder)
        {
            for (var i = starts; i < ends; i++)
                holders[(run, seat)][i].Add(holder);
        }
    }

    static void CheckResponses(List<string> wrong, Dictionary<Guid, TicketRow> tickets, TicketRecords records)
    {
        foreach (var ((run, _, key), bodies) in records.Issued)
        {
            if (bodies.Distinct().Count() > 1)
                wrong.Add($"Key {key} got different responses: {string.Join(" | ", bodies.Distinct())}");
            var first = TicketRecords.Json(bodies.First());
            if (!tickets.TryGetValue(first.GetProperty("id").GetGuid(), out var ticket) || ticket.RunId != run)
            {
                wrong.Add($"Ticket {first.GetProperty("id")} was returned and is lost.");
                continue;
            }

            if (records.Cancelled.ContainsKey(ticket.Id) && ticket.Status != "cancelled")
                wrong.Add($"Ticket {ticket.Id} was returned as cancelled and is {ticket.Status}.");
            if (
                first.GetProperty("status").GetString() == "confirmed"
                && first.GetProperty("seats").GetArrayLength() != ticket.Seats.Length
            )
                wrong.Add($"Ticket {ticket.Id} has other seats than were returned.");
        }

        foreach (var (id, admissions) in records.Used)
        {
            var different = admissions.Distinct().ToList();
            if (different.Count > 1)
                wrong.Add($"Ticket {id} was used {different.Count} times: {string.Join(", ", different)}.");
            if (tickets[id].UsedAt is null)
                wrong.Add($"Ticket {id} was used, and the table has no time of it.");
        }

        // Each key of ours is used for one thing only, so each ticket has a key of its own.
        var returned = records
            .Issued.Values.SelectMany(bodies => bodies)
            .Select(body => TicketRecords.Json(body).GetProperty("id").GetGuid())
            .ToHashSet();
        foreach (var stranger in tickets.Keys.Except(returned))
            wrong.Add($"Ticket {stranger} was created and never returned.");
    }

    static async Task ParkingAsync(List<string> wrong, NpgsqlConnection connection, TicketRecords records)
    {
        var tickets = (
            await connection.QueryAsync<ParkingRow>(
                "select lot_id, id, user_id, plate, spot_kind, spot_number, exited_at, fee from parking_tickets where refusal is null"
            )
        ).ToDictionary(ticket => ticket.Id);
        var spots = (await connection.QueryAsync<SpotRow>("select lot_id, kind, number, ticket_id from parking_spots")).ToList();
        var open = tickets.Values.Where(ticket => ticket.ExitedAt is null).ToList();
        foreach (var plate in open.GroupBy(ticket => (ticket.LotId, ticket.UserId, ticket.Plate)).Where(plate => plate.Count() > 1))
        {
            wrong.Add($"Plate {plate.Key.Plate} of user {plate.Key.UserId} is parked {plate.Count()} times.");
        }

        foreach (var spot in open.GroupBy(ticket => (ticket.LotId, ticket.SpotKind, ticket.SpotNumber)).Where(spot => spot.Count() > 1))
            wrong.Add($"Spot {spot.Key} has {spot.Count()} vehicles.");
        var taken = spots
            .Where(spot => spot.TicketId is not null)
            .Select(spot => (spot.TicketId!.Value, spot.Kind, spot.Number))
            .ToHashSet();
        if (!taken.SetEquals(open.Select(ticket => (ticket.Id, ticket.SpotKind, ticket.SpotNumber))))
            wrong.Add("The spots that are taken are not those of the open tickets.");
        foreach (
            var counted in await connection.QueryAsync<OccupancyRow>(
                "select lot_id, kind, sum(taken)::bigint as taken from parking_occupancy group by lot_id, kind"
            )
        )
        {
            var real = spots.Count(spot => spot.LotId == counted.LotId && spot.Kind == counted.Kind && spot.TicketId is not null);
            if (real != counted.Taken)
                wrong.Add($"{counted.Taken} {counted.Kind} spots are counted as taken, and {real} are.");
        }

        foreach (var (key, bodies) in records.Parked)
        {
            if (bodies.Distinct().Count() > 1)
                wrong.Add($"Key {key.Key} got different responses: {string.Join(" | ", bodies.Distinct())}");
            if (!tickets.ContainsKey(TicketRecords.Json(bodies.First()).GetProperty("id").GetGuid()))
                wrong.Add($"A parking ticket of key {key.Key} was returned and is lost.");
        }

        foreach (var (id, fees) in records.Fees)
        {
            if (fees.Distinct().Count() > 1)
                wrong.Add($"Parking ticket {id} was returned with the fees {string.Join(", ", fees.Distinct())}.");
            if (!tickets.TryGetValue(id, out var ticket) || ticket.Fee != fees.First())
                wrong.Add($"Parking ticket {id} was returned with a fee of {fees.First()}, and has {ticket?.Fee}.");
        }

        var returned = records
            .Parked.Values.SelectMany(bodies => bodies)
            .Select(body => TicketRecords.Json(body).GetProperty("id").GetGuid())
            .ToHashSet();
        foreach (var stranger in tickets.Keys.Except(returned))
            wrong.Add($"Parking ticket {stranger} was created and never returned.");
    }
}
