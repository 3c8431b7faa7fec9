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
    /// <summary>How many stripes the spots of a kind are counted on, as the migrations create them.</summary>
    internal const int StripeCount = 64;

    // Unique indexes: of the plates of open stays, and of idempotency keys.
    const string OpenPlate = "parking_tickets_parked",
        KeyUsed = "parking_tickets_key";

    static readonly string ExitNow = Exit(wait: false),
        ExitWaiting = Exit(wait: true);

    /// <summary>
    /// Takes a spot and adds the ticket; the benchmark gives pgbench the same. Parameters: $1 lot, $2 vehicle, $3 ticket, $4 first stripe
    /// to try, $5 user, $6 plate, $7 now, $8 idempotency key, $9 whether to wait for spots and stripes that others are taking; else they
    /// are passed over.
    /// </summary>
    internal const string Enter = """
        select _spot_kind as spot_kind, _spot_number as spot_number from park_vehicle_1($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """;

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
            var (kind, number) = await connection.QuerySingleAsync<(short? Kind, int? Number)>(
                new(
                    Enter,
                    new Positional()
                        .Add(lotId)
                        .Add((short)vehicle)
                        .Add(id)
                        .Add(AnyStripe())
                        .Add(userId)
                        .Add(plate)
                        .Add(now)
                        .Add(key)
                        .Add(wait),
                    cancellationToken: cancellationToken
                )
            );
            return kind is null
                ? (null, false)
                : (new(id, lotId, userId, plate, vehicle, (Vehicle)kind, number!.Value, now, null, null), false);
        }
        catch (PostgresException e) when (e.Violates(OpenPlate) || e.Violates(KeyUsed))
        {
            return (null, e.Violates(OpenPlate));
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
    static short AnyStripe() => (short)Random.Shared.Next(StripeCount);
}
