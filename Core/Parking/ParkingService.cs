using Core.Tickets;

namespace Core.Parking;

/// <summary>The module's face: lots, and the tickets of the vehicles in them.</summary>
public sealed class ParkingService(ParkingStore store, TicketCodes codes, TimeProvider time) : ITicketSource
{
    const int MaxAttempts = 4;

    public char Kind => TicketCode.Parking;

    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/>.</exception>
    public async Task<ParkingLot> CreateLotAsync(NewParkingLot lot, CancellationToken cancel)
    {
        var id = Guid.CreateVersion7();
        await store.AddLotAsync(id, lot.Checked(), cancel);
        return await ReadLotAsync(id, cancel);
    }

    /// <exception cref="RefusedException"><see cref="Refusal.NotFound"/>.</exception>
    public async Task<ParkingLot> ReadLotAsync(Guid id, CancellationToken cancel) => await store.ReadLotAsync(id, cancel) ?? throw NoLot();

    /// <summary>Gives a vehicle the first free spot that it fits, the smallest kind first and then the lowest number.</summary>
    /// <param name="written">The plate in any spelling.</param>
    /// <param name="key">What the caller knows this request by: the same again is answered with the first ticket as it was then. Null for none.</param>
    /// <exception cref="RefusedException">
    /// <see cref="Refusal.Invalid"/>; <see cref="Refusal.NotFound"/> for the lot; <see cref="Refusal.Conflict"/> when it is full or the plate is inside;
    /// <see cref="Refusal.KeyReused"/> for the key of another plate or vehicle.
    /// </exception>
    public async Task<ParkingTicket> EnterAsync(Guid lotId, Guid userId, string written, Vehicle vehicle, string? key, CancellationToken cancel)
    {
        new Validation().Check("plate", Plate.Normalise(written, out var plate)).ThrowIfInvalid();
        for (var attempt = 1; ; attempt++)
        {
            // Spots that others are about to take are passed over. They may yet let go of them, so the last attempt waits.
            var (ticket, inside) = await store.EnterAsync(lotId, Guid.CreateVersion7(), userId, plate, vehicle, key, Now(), wait: attempt == MaxAttempts, cancel);
            if (ticket is not null) return ticket;

            // Before the key is looked up: whoever took the last spot meanwhile may be the same request.
            var free = await store.HasFreeSpotAsync(lotId, vehicle, cancel) ?? throw NoLot();
            if (key is not null && await store.ReadTicketByKeyAsync(lotId, userId, key, cancel) is { } first)
            {
                return first.Plate == plate && first.Vehicle == vehicle ? first.AsEntered() : throw new RefusedException(Refusal.KeyReused, "This Idempotency-Key was used for another vehicle.");
            }

            if (inside) throw RefusedException.Conflict("plate", "A vehicle with this plate is inside.");
            if (!free || attempt == MaxAttempts) throw new RefusedException(Refusal.Conflict, "There is no free spot for this vehicle.");
        }
    }

    /// <param name="owner">Whose ticket it has to be; null for anybody's.</param>
    /// <exception cref="RefusedException"><see cref="Refusal.NotFound"/>.</exception>
    public async Task<ParkingTicket> ReadTicketAsync(Guid lotId, Guid id, Guid? owner, CancellationToken cancel) =>
        await store.ReadTicketAsync(lotId, id, owner, cancel) ?? throw NoTicket();

    /// <summary>Lets a vehicle out and says what it pays: once, and the same whenever asked again.</summary>
    /// <param name="owner">Whose ticket it has to be; null for anybody's.</param>
    /// <exception cref="RefusedException"><see cref="Refusal.NotFound"/>.</exception>
    public async Task<ParkingTicket> ExitAsync(Guid lotId, Guid id, Guid? owner, CancellationToken cancel)
    {
        var ticket = await ReadTicketAsync(lotId, id, owner, cancel);
        if (ticket.Status == TicketStatus.Left) return ticket;

        var (rate, timeZone) = await store.ReadRateAsync(lotId, ticket.Vehicle, cancel) ?? throw NoTicket();
        // The entry may have been noted by a process whose clock is ahead.
        var now = Now();
        var exited = now < ticket.EnteredAt ? ticket.EnteredAt : now;
        var fee = ParkingFee.Of(rate, TimeZoneInfo.FindSystemTimeZoneById(timeZone), ticket.EnteredAt, exited);
        for (var attempt = 1; attempt <= MaxAttempts; attempt++)
        {
            if (await store.ExitAsync(ticket, exited, fee, wait: attempt == MaxAttempts, cancel) is { } closed) return closed;
            if (await ReadTicketAsync(lotId, id, owner, cancel) is { Status: TicketStatus.Left } before) return before;
        }

        throw new RefusedException(Refusal.Busy, "Too many leave at once. Try again shortly.") { RetryAfter = TimeSpan.FromSeconds(1) };
    }

    /// <summary>What an inspector's device reads; null once the vehicle has left.</summary>
    public string? CodeOf(ParkingTicket ticket) => ticket.Status == TicketStatus.Left ? null : codes.Sign(new(Kind, ticket.LotId, ticket.Id, [ticket.Spot.Label], 1));

    public async Task<IReadOnlyList<TicketSummary>> ReadTicketsAsync(Guid userId, Guid? before, int limit, CancellationToken cancel) =>
        [.. (await store.ReadTicketsAsync(userId, before, limit, cancel)).Select(ticket => new TicketSummary(ticket.Id, ticket.EnteredAt, ticket.LotId, ticket))];

    public async Task<Admitted> AdmitAsync(TicketCode code, Guid inspector, string? place, CancellationToken cancel)
    {
        var now = await store.AdmitAsync(code.Scope, code.Ticket, inspector, place, cancel);
        var ticket = await ReadTicketAsync(code.Scope, code.Ticket, null, cancel);
        var admission = await store.ReadAdmissionAsync(code.Scope, code.Ticket, cancel);
        if (now) return new(ticket.Id, admission!, code.Seats, []);
        throw admission is { } first ? Admitted.Before(first) : new RefusedException(Refusal.Conflict, "The vehicle has left.");
    }

    // Postgres keeps microseconds: the fee is that of the stay as it is stored.
    DateTime Now()
    {
        var now = time.GetUtcNow().UtcDateTime;
        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
    }

    static RefusedException NoLot() => new(Refusal.NotFound, "There is no such parking lot.");

    static RefusedException NoTicket() => new(Refusal.NotFound, "There is no such ticket.");
}
