using Dapper;
using FunctionsApp.Core.Database;
using FunctionsApp.Core.Tickets;

namespace FunctionsApp.Core.Parking;

/// <summary>The SQL that reads tickets and marks them as used.</summary>
public sealed class ParkingTicketStore(PostgresDatabase database)
{
    /// <param name="owner">The user who has to own it; null for any.</param>
    public async Task<ParkingTicket?> ReadTicketAsync(Guid lotId, Guid id, Guid? owner, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<ParkingTicket>(
            new(
                // $1 lot, $2 ticket, $3 user or null.
                """
                select id, lot_id, user_id, plate, vehicle, spot_kind, spot_number, entered_at, exited_at, fee
                from parking_tickets
                where lot_id = $1 and id = $2 and ($3::uuid is null or user_id = $3) and refusal is null
                """,
                new Positional().Add(lotId).Add(id).Add(owner),
                cancellationToken: cancellationToken
            )
        );
    }

    /// <summary>A ticket, what its vehicle pays, and the lot's time zone.</summary>
    /// <param name="owner">The user who has to own it; null for any.</param>
    public async Task<(ParkingTicket Ticket, Rate Rate, string TimeZone)?> ReadStayAsync(
        Guid lotId,
        Guid id,
        Guid? owner,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenForReadAsync(cancellationToken);
        var found = await connection.QueryAsync<ParkingTicket, Rate, string, (ParkingTicket, Rate, string)?>(
            new(
                // $1 lot, $2 ticket, $3 user or null.
                """
                select t.id, t.lot_id, t.user_id, t.plate, t.vehicle, t.spot_kind, t.spot_number, t.entered_at, t.exited_at, t.fee,
                    r.grace_minutes, r.first_hour, r.further_hour, r.day_cap,
                    l.time_zone
                from parking_tickets t, parking_rates r, parking_lots l
                where t.lot_id = $1 and t.id = $2 and ($3::uuid is null or t.user_id = $3) and t.refusal is null
                    and r.lot_id = $1 and r.kind = t.vehicle and l.id = $1
                """,
                new Positional().Add(lotId).Add(id).Add(owner),
                cancellationToken: cancellationToken
            ),
            (ticket, rate, timeZone) => (ticket, rate, timeZone),
            splitOn: "grace_minutes,time_zone"
        );
        return found.SingleOrDefault();
    }

    /// <summary>The ticket under a user's idempotency key, when the standbys have it: see <see cref="KeyedWork"/>.</summary>
    public async Task<ParkingTicket?> ReadTicketByKeyAsync(Guid lotId, Guid userId, string key, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<ParkingTicket>(
            new(
                """
                select id, lot_id, user_id, plate, vehicle, spot_kind, spot_number, entered_at, exited_at, fee
                from parking_tickets
                where lot_id = @lotId and user_id = @userId and idempotency_key = @key and refusal is null
                for key share
                """,
                new
                {
                    lotId,
                    userId,
                    key,
                },
                cancellationToken: cancellationToken
            )
        );
    }

    /// <summary>A ticket whose vehicle has left, when the standbys have its exit: see <see cref="KeyedWork"/>.</summary>
    public async Task<ParkingTicket?> ReadLeftTicketAsync(Guid lotId, Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<ParkingTicket>(
            new(
                // $1 lot, $2 ticket.
                """
                select id, lot_id, user_id, plate, vehicle, spot_kind, spot_number, entered_at, exited_at, fee
                from parking_tickets where lot_id = $1 and id = $2 and exited_at is not null and refusal is null
                for key share
                """,
                new Positional().Add(lotId).Add(id),
                cancellationToken: cancellationToken
            )
        );
    }

    /// <summary>A user's tickets of all lots, newest first.</summary>
    /// <param name="before">Only those older than this one; null for the newest.</param>
    public async Task<IReadOnlyList<ParkingTicket>> ReadTicketsAsync(
        Guid userId,
        Guid? before,
        int limit,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenForReadAsync(cancellationToken);
        return
        [
            .. await connection.QueryAsync<ParkingTicket>(
                new(
                    """
                    select id, lot_id, user_id, plate, vehicle, spot_kind, spot_number, entered_at, exited_at, fee
                    from parking_tickets
                    where user_id = @userId and refusal is null and (@before::uuid is null or id < @before)
                    order by id desc limit @limit
                    """,
                    new
                    {
                        userId,
                        before,
                        limit,
                    },
                    cancellationToken: cancellationToken
                )
            ),
        ];
    }

    /// <summary>
    /// Marks an open ticket as used. Repeated by the same inspector at the same place within <see cref="TicketUse.RepeatWindow"/>
    /// it succeeds again.
    /// </summary>
    /// <returns>The ticket and its use if it was marked now, or if this is such a repetition; else null.</returns>
    public async Task<(ParkingTicket Ticket, TicketUse Use)?> UseAsync(
        Guid lotId,
        Guid id,
        Guid inspector,
        string? place,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        var used = await connection.QueryAsync<ParkingTicket, TicketUse, (ParkingTicket, TicketUse)?>(
            new(
                """
                update parking_tickets set used_at = least(used_at, now()), used_by = @inspector, used_where = @place
                where lot_id = @lotId and id = @id
                  and (used_at is null and exited_at is null
                    or used_by = @inspector and used_where is not distinct from @place and used_at > now() - @RepeatWindow)
                returning id, lot_id, user_id, plate, vehicle, spot_kind, spot_number, entered_at, exited_at, fee,
                    used_at as at, used_by as by, used_where as place
                """,
                new
                {
                    lotId,
                    id,
                    inspector,
                    place,
                    TicketUse.RepeatWindow,
                },
                cancellationToken: cancellationToken
            ),
            (ticket, use) => (ticket, use),
            splitOn: "at"
        );
        return used.SingleOrDefault();
    }

    public async Task<TicketUse?> ReadUseAsync(Guid lotId, Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<TicketUse>(
            new(
                "select used_at as at, used_by as by, used_where as place from parking_tickets where lot_id = @lotId and "
                    + "id = @id and used_at is not null",
                new { lotId, id },
                cancellationToken: cancellationToken
            )
        );
    }
}
