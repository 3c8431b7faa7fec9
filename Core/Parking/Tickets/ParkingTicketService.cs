using FunctionsApp.Core.Database;
using FunctionsApp.Core.Tickets;

namespace FunctionsApp.Core.Parking;

/// <summary>The stays of vehicles in lots, and their tickets.</summary>
public sealed class ParkingTicketService(
    ParkingStayStore stays,
    ParkingTicketStore tickets,
    ParkingLotStore lots,
    ParkingRefusalStore refusals,
    TicketCodes codes,
    KeyedWork keyed,
    TimeProvider time
)
{
    const int MaxAttempts = 4;

    /// <summary>Gives a vehicle the first free spot that it fits, the smallest kind first and then the lowest number.</summary>
    /// <param name="written">The plate in any spelling.</param>
    /// <param name="key">Idempotency key, or null: the same request with the same key returns the first ticket as it was then.</param>
    /// <exception cref="RefusedException">
    /// <see cref="Refusal.Invalid"/>; <see cref="Refusal.NotFound"/> for the lot; <see cref="Refusal.Conflict"/> when it is full, or this
    /// user has a stay with the plate;
    /// <see cref="Refusal.KeyReused"/> for the key of another plate or vehicle.
    /// </exception>
    public async Task<ParkingTicket> EnterAsync(
        Guid lotId,
        Guid userId,
        string written,
        Vehicle vehicle,
        string? key,
        CancellationToken cancellationToken
    )
    {
        new Validation().Check("plate", Plate.Normalize(written, out var plate)).ThrowIfInvalid();
        return await keyed.RunAsync(key, () => EnterOnceAsync(lotId, userId, plate, vehicle, key, cancellationToken), cancellationToken);
    }

    async Task<ParkingTicket> EnterOnceAsync(
        Guid lotId,
        Guid userId,
        string plate,
        Vehicle vehicle,
        string? key,
        CancellationToken cancellationToken
    )
    {
        for (var attempt = 1; ; attempt++)
        {
            // Spots that others are about to take are passed over. Those requests may still fail, so the last attempt waits.
            var (ticket, alreadyParked) = await stays.EnterAsync(
                lotId,
                Guid.CreateVersion7(),
                userId,
                plate,
                vehicle,
                key,
                Now(),
                wait: attempt >= MaxAttempts,
                cancellationToken
            );
            if (ticket is not null)
                return ticket;

            // Before the key is looked up: the last spot may have been taken by the same request meanwhile.
            var free = await lots.HasFreeSpotAsync(lotId, vehicle, cancellationToken) ?? throw NoLot();
            if (key is not null && await FirstResponseAsync(lotId, userId, plate, vehicle, key, cancellationToken) is { } first)
                return first;
            if (!alreadyParked && free && attempt < MaxAttempts)
                continue;

            // Stored under the key before it is returned: a copy of this request that is under way must not get a spot after all.
            var reason = alreadyParked ? RefusedEntry.AlreadyParked : RefusedEntry.Full;
            if (
                key is null
                || await refusals.RefuseAsync(lotId, Guid.CreateVersion7(), userId, plate, vehicle, key, reason, cancellationToken)
            )
                throw RefusedEntry.Of(reason);
            if (await FirstResponseAsync(lotId, userId, plate, vehicle, key, cancellationToken) is { } other)
                return other;
            if (attempt >= 2 * MaxAttempts)
                throw new RefusedException(Refusal.Busy, "Too many vehicles are entering. Try again shortly.")
                {
                    RetryAfter = TimeSpan.FromSeconds(1),
                };
        }
    }

    /// <param name="owner">The user who has to own it; null for any.</param>
    /// <exception cref="RefusedException"><see cref="Refusal.NotFound"/>.</exception>
    public async Task<ParkingTicket> ReadTicketAsync(Guid lotId, Guid id, Guid? owner, CancellationToken cancellationToken) =>
        await tickets.ReadTicketAsync(lotId, id, owner, cancellationToken) ?? throw NoTicket();

    /// <summary>Closes a stay and returns its ticket with the fee; idempotent.</summary>
    /// <param name="owner">The user who has to own it; null for any.</param>
    /// <exception cref="RefusedException"><see cref="Refusal.NotFound"/>.</exception>
    public async Task<ParkingTicket> ExitAsync(Guid lotId, Guid id, Guid? owner, CancellationToken cancellationToken)
    {
        var (ticket, rate, timeZone) = await tickets.ReadStayAsync(lotId, id, owner, cancellationToken) ?? throw NoTicket();
        if (ticket.Status == ParkingTicketStatus.Left && await tickets.ReadLeftTicketAsync(lotId, id, cancellationToken) is { } left)
            return left;

        // The entry may have been recorded by a process whose clock is ahead.
        var now = Now();
        var exited = now < ticket.EnteredAt ? ticket.EnteredAt : now;
        var fee = ParkingFee.Of(rate, TimeZoneInfo.FindSystemTimeZoneById(timeZone), ticket.EnteredAt, exited);
        for (var attempt = 1; attempt <= MaxAttempts; attempt++)
        {
            if (await stays.ExitAsync(ticket, exited, fee, wait: attempt == MaxAttempts, cancellationToken) is { } closed)
                return closed;
            if (await tickets.ReadLeftTicketAsync(lotId, id, cancellationToken) is { } before)
                return before;
        }

        throw new RefusedException(Refusal.Busy, "Too many vehicles are leaving. Try again shortly.")
        {
            RetryAfter = TimeSpan.FromSeconds(1),
        };
    }

    /// <summary>The content of the QR code; null once the vehicle has left.</summary>
    public string? CodeOf(ParkingTicket ticket) =>
        ticket.Status == ParkingTicketStatus.Left ? null : codes.Sign(new(ParkingTicketSource.CodeKind, ticket.LotId, ticket.Id));

    // The first response to the request of this key. Null when there is none, or only a refusal that no longer counts.
    async Task<ParkingTicket?> FirstResponseAsync(
        Guid lotId,
        Guid userId,
        string plate,
        Vehicle vehicle,
        string key,
        CancellationToken cancellationToken
    )
    {
        if (await tickets.ReadTicketByKeyAsync(lotId, userId, key, cancellationToken) is { } first)
            return first.Plate == plate && first.Vehicle == vehicle ? first.AsEntered() : throw KeyReused();
        if (await refusals.FindRefusalAsync(lotId, userId, key, cancellationToken) is not { } found)
            return null;
        if (found.Refused.Counts)
            throw found.Plate == plate && found.Vehicle == vehicle ? found.Refused.ToException() : KeyReused();
        await refusals.RemoveRefusalAsync(lotId, found.Id, cancellationToken);
        return null;
    }

    // Postgres keeps microseconds: the fee is that of the stay as it is stored.
    DateTime Now()
    {
        var now = time.GetUtcNow().UtcDateTime;
        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
    }

    static RefusedException KeyReused() => new(Refusal.KeyReused, "This Idempotency-Key was used for another vehicle.");

    static RefusedException NoLot() => new(Refusal.NotFound, "There is no such parking lot.");

    static RefusedException NoTicket() => new(Refusal.NotFound, "There is no such ticket.");
}
