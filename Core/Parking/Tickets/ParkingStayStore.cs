using Dapper;
using FunctionsApp.Core.Database;
using Npgsql;

namespace FunctionsApp.Core.Parking;

/// <summary>
/// The SQL that begins and ends stays: a ticket, its spot and the count of taken spots change in one statement. Within it rows are found by
/// subqueries instead of joins: while there are no statistics of a new lot, Postgres would rather join all of its spots.
/// </summary>
public sealed class ParkingStayStore(PostgresDatabase database)
{
    // Unique indexes: of the plates of open stays, and of idempotency keys.
    const string OpenPlate = "parking_tickets_parked",
        KeyUsed = "parking_tickets_key";

    static readonly string EnterNow = Enter(wait: false),
        EnterWaiting = Enter(wait: true),
        ExitNow = Exit(wait: false),
        ExitWaiting = Exit(wait: true);

    /// <summary>
    /// Takes a spot and adds the ticket; the benchmark gives pgbench the same. Parameters: $1 lot, $2 vehicle, $3 ticket, $4 first stripe
    /// to try, $5 user, $6 plate, $7 now, $8 idempotency key.
    /// </summary>
    /// <param name="wait">Whether to wait for spots and stripes that others are taking; else they are passed over.</param>
    internal static string Enter(bool wait)
    {
        var locked = wait ? "" : "skip locked";
        return $"""
            with spot as (
                select kind, number from parking_spots where lot_id = $1 and kind >= $2 and ticket_id is null
                order by kind, number limit 1 for update {locked}
            ), stripe as materialized (
                select kind, stripe from parking_occupancy where lot_id = $1 and kind = (select kind from spot)
                order by stripe < $4, stripe limit 1 for update {locked}
            ), taken as (
                update parking_spots set ticket_id = $3
                where lot_id = $1 and kind = (select kind from stripe) and number = (select number from spot)
                returning kind, number
            ), counted as (
                update parking_occupancy set taken = taken + 1
                where lot_id = $1 and kind = (select kind from stripe) and stripe = (select stripe from stripe)
            )
            insert into parking_tickets (lot_id, id, user_id, plate, vehicle, spot_kind, spot_number, entered_at, idempotency_key)
            select $1, $3, $5, $6, $2, kind, number, $7, $8::text from taken
            returning id, lot_id, user_id, plate, vehicle, spot_kind, spot_number, entered_at, exited_at, fee
            """;
    }

    /// <summary>
    /// Closes a ticket and frees its spot; the benchmark gives pgbench the same. Parameters: $1 lot, $2 ticket, $3 exit, $4 fee, $5 first
    /// stripe to try.
    /// </summary>
    /// <param name="wait">Whether to wait for a stripe that others are counting on; else those are passed over, and when there is no other
    /// nothing is done.</param>
    internal static string Exit(bool wait)
    {
        var locked = wait ? "" : "skip locked";
        return $"""
            with open as materialized (
                select spot_kind from parking_tickets where lot_id = $1 and id = $2 and exited_at is null for update
            ), stripe as materialized (
                select kind, stripe from parking_occupancy where lot_id = $1 and kind = (select spot_kind from open)
                order by stripe < $5, stripe limit 1 for update {locked}
            ), closed as (
                update parking_tickets set exited_at = $3, fee = $4,
                    plate = case when erase_plate then '{ParkingErasureStore.Erased}' else plate end
                where lot_id = $1 and id = $2 and spot_kind = (select kind from stripe)
                returning id, lot_id, user_id, plate, vehicle, spot_kind, spot_number, entered_at, exited_at, fee
            ), freed as (
                update parking_spots set ticket_id = null
                where lot_id = $1 and kind = (select spot_kind from closed) and number = (select spot_number from closed)
            ), counted as (
                update parking_occupancy set taken = taken - 1
                where lot_id = $1 and kind = (select kind from stripe) and stripe = (select stripe from stripe)
            )
            select id, lot_id, user_id, plate, vehicle, spot_kind, spot_number, entered_at, exited_at, fee from closed
            """;
    }

    /// <summary>Takes a spot for a vehicle and writes its ticket.</summary>
    /// <param name="wait">Whether to wait for spots that others are taking, instead of passing them over.</param>
    /// <returns>The ticket; or none, and whether this user has a stay with the plate already. Neither when no spot was found, or the
    /// key was used.</returns>
    public async Task<(ParkingTicket? Ticket, bool AlreadyParked)> EnterAsync(
        Guid lotId,
        Guid id,
        Guid userId,
        string plate,
        Vehicle vehicle,
        string? key,
        DateTime now,
        bool wait,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        try
        {
            return (
                await connection.QuerySingleOrDefaultAsync<ParkingTicket>(
                    new(
                        wait ? EnterWaiting : EnterNow,
                        new Positional().Add(lotId).Add((short)vehicle).Add(id).Add(AnyStripe()).Add(userId).Add(plate).Add(now).Add(key),
                        cancellationToken: cancellationToken
                    )
                ),
                false
            );
        }
        catch (PostgresException e) when (e is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: OpenPlate or KeyUsed })
        {
            return (null, e.ConstraintName == OpenPlate);
        }
    }

    /// <summary>Closes a ticket and frees its spot.</summary>
    /// <param name="wait">As in <see cref="Exit"/>.</param>
    /// <returns>The closed ticket; null when it was closed before, or nothing was done.</returns>
    public async Task<ParkingTicket?> ExitAsync(
        ParkingTicket ticket,
        DateTime exited,
        decimal fee,
        bool wait,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<ParkingTicket>(
            new(
                wait ? ExitWaiting : ExitNow,
                new Positional().Add(ticket.LotId).Add(ticket.Id).Add(exited).Add(fee).Add(AnyStripe()),
                cancellationToken: cancellationToken
            )
        );
    }

    // The first stripe to try, to find one that no other request is updating. Any will do: only the sum matters.
    static short AnyStripe() => (short)Random.Shared.Next(64);
}
