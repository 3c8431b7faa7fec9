using FunctionsApp.Core.Tickets;

namespace FunctionsApp.Core.Parking;

/// <summary>The module's face: lots, and the tickets of the vehicles in them.</summary>
public sealed class ParkingService(ParkingStore store, ParkingRequestStore requests, TicketCodes codes, TimeProvider time) : ITicketSource
{
    const int MaxAttempts = 4;

    public char Kind => TicketCode.Parking;

    /// <summary>Creates an empty lot.</summary>
    /// <param name="userId">The administrator.</param>
    /// <param name="key">Idempotency key, or none: the same request with the same key returns the lot that was created first, as it was
    /// then.</param>
    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/>; <see cref="Refusal.KeyReused"/>.</exception>
    public async Task<ParkingLot> CreateLotAsync(NewParkingLot lot, Guid userId, string? key, CancellationToken cancellationToken)
    {
        var id = Guid.CreateVersion7();
        var wanted = lot.Checked();
        if (key is null)
        {
            await store.AddLotAsync(id, wanted, cancellationToken);
            return await ReadLotAsync(id, cancellationToken);
        }

        var first = await store.AddLotOnceAsync(id, wanted, userId, key, cancellationToken);
        var created = (await ReadLotAsync(first ?? id, cancellationToken)).AsCreated();
        var isSame =
            (created.Name, created.Spots, created.Rates, created.TimeZone) == (wanted.Name, wanted.Spots, wanted.Rates, wanted.TimeZone);
        return isSame ? created : throw new RefusedException(Refusal.KeyReused, "The Idempotency-Key was used for another parking lot.");
    }

    /// <exception cref="RefusedException"><see cref="Refusal.NotFound"/>.</exception>
    public async Task<ParkingLot> ReadLotAsync(Guid id, CancellationToken cancellationToken) =>
        await store.ReadLotAsync(id, cancellationToken) ?? throw NoLot();

    /// <summary>Gives a vehicle the first free spot that it fits, the smallest kind first and then the lowest number.</summary>
    /// <param name="written">The plate in any spelling.</param>
    /// <param name="key">What the caller knows this request by: the same again is answered with the first ticket as it was then. Null for
    /// none.</param>
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
        for (var attempt = 1; ; attempt++)
        {
            // Spots that others are about to take are passed over. They may yet let go of them, so the last attempt waits.
            var (ticket, inside) = await store.EnterAsync(
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
            var free = await store.HasFreeSpotAsync(lotId, vehicle, cancellationToken) ?? throw NoLot();
            if (key is not null && await FirstAnswerAsync(lotId, userId, plate, vehicle, key, cancellationToken) is { } first)
                return first;
            if (!inside && free && attempt < MaxAttempts)
                continue;

            // Stored under the key before it is returned: a copy of this request that is under way must not get a spot after all.
            var reason = inside ? RefusedEntry.Inside : RefusedEntry.Full;
            if (
                key is null
                || await requests.RefuseAsync(lotId, Guid.CreateVersion7(), userId, plate, vehicle, key, reason, cancellationToken)
            )
                throw RefusedEntry.Of(reason);
            if (await FirstAnswerAsync(lotId, userId, plate, vehicle, key, cancellationToken) is { } other)
                return other;
            if (attempt >= 2 * MaxAttempts)
                throw new RefusedException(Refusal.Busy, "Too many enter at once. Try again shortly.")
                {
                    RetryAfter = TimeSpan.FromSeconds(1),
                };
        }
    }

    /// <param name="owner">Whose ticket it has to be; null for anybody's.</param>
    /// <exception cref="RefusedException"><see cref="Refusal.NotFound"/>.</exception>
    public async Task<ParkingTicket> ReadTicketAsync(Guid lotId, Guid id, Guid? owner, CancellationToken cancellationToken) =>
        await store.ReadTicketAsync(lotId, id, owner, cancellationToken) ?? throw NoTicket();

    /// <summary>Lets a vehicle out and says what it pays: once, and the same whenever asked again.</summary>
    /// <param name="owner">Whose ticket it has to be; null for anybody's.</param>
    /// <exception cref="RefusedException"><see cref="Refusal.NotFound"/>.</exception>
    public async Task<ParkingTicket> ExitAsync(Guid lotId, Guid id, Guid? owner, CancellationToken cancellationToken)
    {
        var ticket = await ReadTicketAsync(lotId, id, owner, cancellationToken);
        if (ticket.Status == TicketStatus.Left)
            return ticket;

        var (rate, timeZone) = await store.ReadRateAsync(lotId, ticket.Vehicle, cancellationToken) ?? throw NoTicket();
        // The entry may have been noted by a process whose clock is ahead.
        var now = Now();
        var exited = now < ticket.EnteredAt ? ticket.EnteredAt : now;
        var fee = ParkingFee.Of(rate, TimeZoneInfo.FindSystemTimeZoneById(timeZone), ticket.EnteredAt, exited);
        for (var attempt = 1; attempt <= MaxAttempts; attempt++)
        {
            if (await store.ExitAsync(ticket, exited, fee, wait: attempt == MaxAttempts, cancellationToken) is { } closed)
                return closed;
            if (await ReadTicketAsync(lotId, id, owner, cancellationToken) is { Status: TicketStatus.Left } before)
                return before;
        }

        throw new RefusedException(Refusal.Busy, "Too many leave at once. Try again shortly.") { RetryAfter = TimeSpan.FromSeconds(1) };
    }

    /// <summary>What an inspector's device reads; null once the vehicle has left.</summary>
    public string? CodeOf(ParkingTicket ticket) =>
        ticket.Status == TicketStatus.Left ? null : codes.Sign(new(Kind, ticket.LotId, ticket.Id));

    public async Task<IReadOnlyList<TicketSummary>> ReadTicketsAsync(
        Guid userId,
        Guid? before,
        int limit,
        CancellationToken cancellationToken
    ) =>
        [
            .. (await store.ReadTicketsAsync(userId, before, limit, cancellationToken)).Select(ticket => new TicketSummary(
                ticket.Id,
                ticket.EnteredAt,
                ticket.LotId,
                ticket
            )),
        ];

    public async Task<Admitted> AdmitAsync(TicketCode code, Guid inspector, string? place, CancellationToken cancellationToken)
    {
        var now = await store.AdmitAsync(code.Scope, code.Ticket, inspector, place, cancellationToken);
        var ticket = await ReadTicketAsync(code.Scope, code.Ticket, null, cancellationToken);
        var admission = await store.ReadAdmissionAsync(code.Scope, code.Ticket, cancellationToken);
        if (now)
            return new(ticket.Id, admission!, [ticket.Spot.Label], []);
        throw admission is { } first ? Admitted.Before(first) : new RefusedException(Refusal.Conflict, "The vehicle has left.");
    }

    // What the request of this key was answered with. Null when there was none, or only a refusal that no longer counts.
    async Task<ParkingTicket?> FirstAnswerAsync(
        Guid lotId,
        Guid userId,
        string plate,
        Vehicle vehicle,
        string key,
        CancellationToken cancellationToken
    )
    {
        if (await store.ReadTicketByKeyAsync(lotId, userId, key, cancellationToken) is { } first)
            return first.Plate == plate && first.Vehicle == vehicle ? first.AsEntered() : throw KeyReused();
        if (await requests.FindRefusalAsync(lotId, userId, key, cancellationToken) is not { } found)
            return null;
        if (found.Refused.Counts)
            throw found.Plate == plate && found.Vehicle == vehicle ? found.Refused.ToException() : KeyReused();
        await requests.RemoveRefusalAsync(lotId, found.Id, cancellationToken);
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
