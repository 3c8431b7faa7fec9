using Core.Tickets;

namespace Core.Trains;

/// <summary>The module's face: runs, and tickets for them.</summary>
public sealed class TrainService(TrainStore store, RunCache runs, TicketCodes codes, TrainOptions options, TimeProvider time) : ITicketSource
{
    public const int MaxPassengers = 6;

    // So often another takes a chosen seat first before the line for the class is joined.
    const int Attempts = 4;

    public char Kind => TicketCode.Train;

    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/>, with every field that is wrong.</exception>
    public async Task<TrainRun> AddRunAsync(string number, string name, DateOnly serviceDate, IReadOnlyList<Stop> stops, IReadOnlyList<Coach> coaches, CancellationToken cancel)
    {
        var run = TrainRun.Create(number, name, serviceDate, stops, coaches);
        await store.AddRunAsync(run, cancel);
        return run;
    }

    /// <exception cref="RefusedException"><see cref="Refusal.NotFound"/></exception>
    public async Task<(TrainRun Run, DateTime? CancelledAt)> ReadRunAsync(Guid id, CancellationToken cancel) => await store.ReadRunAsync(id, cancel) ?? throw NoRun();

    /// <summary>Cancels a run and all of its tickets; again is no error.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.NotFound"/></exception>
    public async Task<(TrainRun Run, DateTime? CancelledAt)> CancelRunAsync(Guid id, CancellationToken cancel) =>
        await store.CancelRunAsync(id, cancel) ? await ReadRunAsync(id, cancel) : throw NoRun();

    /// <summary>Runs that call at both stations in that order on a service date.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/></exception>
    public async Task<Page<Connection>> SearchAsync(string? from, string? to, DateOnly date, PageRequest page, CancellationToken cancel)
    {
        new Validation()
            .Check("from", TrainName.Problem(from))
            .Check("to", TrainName.Problem(to) ?? (TrainName.Problem(from) is null && TrainName.Key(from!) == TrainName.Key(to!) ? "Is the station to travel from." : null))
            .Check("date", date.Year is < 2000 or > 2200 ? "Must be between the years 2000 and 2200." : null)
            .ThrowIfInvalid();
        return Page<Connection>.Of(await store.SearchAsync(TrainName.Key(from!), TrainName.Key(to!), date, page, cancel), page, one => one.RunId);
    }

    /// <summary>The seats of a run, and whether each is free between two stations.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.NotFound"/>; <see cref="Refusal.Invalid"/></exception>
    public async Task<IReadOnlyList<(Seat Seat, bool Free)>> ReadSeatsAsync(Guid id, string from, string to, string? @class, CancellationToken cancel)
    {
        var run = await runs.GetAsync(id, cancel);
        var stretch = run.Between(from, to);
        var only = @class is null ? null : run.ClassNamed(@class);
        var free = (await store.ReadFreeSeatsAsync(id, stretch, cancel)).ToHashSet();
        return [.. run.Seats.Where(seat => only is null || seat.Class == only).Select(seat => (seat, free.Contains(seat.Ordinal)))];
    }

    /// <summary>Issues a ticket, or puts it in the line. The same key with the same request gives the first answer again.</summary>
    /// <param name="key">Idempotency key, or none.</param>
    /// <exception cref="RefusedException">
    /// <see cref="Refusal.NotFound"/>; <see cref="Refusal.Invalid"/>; <see cref="Refusal.Conflict"/> when nothing is free and the line is full, or the run is cancelled or gone;
    /// <see cref="Refusal.KeyReused"/>
    /// </exception>
    public async Task<(TrainRun Run, TrainTicket Ticket)> IssueAsync(Guid runId, Guid userId, string from, string to, string @class, IReadOnlyList<string> passengers, string? key, CancellationToken cancel)
    {
        var run = await runs.GetAsync(runId, cancel);
        var stretch = run.Between(from, to);
        var name = run.ClassNamed(@class);
        var validation = new Validation().Check("passengers", passengers.Count is < 1 or > MaxPassengers ? $"Must be 1 to {MaxPassengers} names." : null);
        for (var i = 0; i < Math.Min(passengers.Count, MaxPassengers); i++) validation.Check($"passengers[{i}]", TrainName.Problem(passengers[i]));
        validation.ThrowIfInvalid();
        var request = new TicketRequest(userId, name, stretch, [.. passengers.Select(one => one.Trim())], key);
        var fare = run.Fare(name, stretch, passengers.Count);
        try
        {
            // A retry may come after the train has left; a new ticket may not.
            if (run.DepartureFrom(stretch.Starts) < Now && (run.Stops[stretch.Starts].DepartsAt is not null || run.ServiceDate < DateOnly.FromDateTime(Now).AddDays(-1)))
                return await FirstAnswerAsync(run, request, cancel) ?? throw new RefusedException(Refusal.Conflict, "The train has left.");
            return (run, await TakeAsync(run, Guid.CreateVersion7(), request, fare, cancel) ?? (await FirstAnswerAsync(run, request, cancel))?.Ticket ?? throw await NothingLeftAsync(run, cancel));
        }
        catch (KeyTakenException)
        {
            return (await FirstAnswerAsync(run, request, cancel))!.Value;
        }
    }

    /// <summary>A user's ticket.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.NotFound"/>, also when it is another's.</exception>
    public async Task<(TrainRun Run, TrainTicket Ticket)> ReadTicketAsync(Guid runId, Guid id, Guid userId, CancellationToken cancel) =>
        await store.ReadTicketAsync(runId, id, cancel) is { } ticket && ticket.UserId == userId ? (await runs.GetAsync(runId, cancel), ticket) : throw NoTicket();

    /// <summary>Cancels a ticket; again is no error. Tickets in the line that now fit are confirmed with it.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.NotFound"/>; <see cref="Refusal.Conflict"/> when it was used.</exception>
    public async Task<(TrainRun Run, TrainTicket Ticket)> CancelTicketAsync(Guid runId, Guid id, Guid userId, CancellationToken cancel)
    {
        var (run, ticket) = await ReadTicketAsync(runId, id, userId, cancel);
        var now = await store.CancelTicketAsync(run, ticket, RefundOf, cancel) ?? throw NoTicket();
        return now.Status == TrainTicketStatus.Cancelled ? (run, now) : throw new RefusedException(Refusal.Conflict, "The ticket was used already.");

        Refund RefundOf(TrainTicket one) => one.Status == TrainTicketStatus.Waitlisted
            ? Refund.Full(one.Fare)
            : Refund.Of(one.Fare, run.DepartureFrom(one.Stretch.Starts) - Now);
    }

    /// <summary>What an inspector's device reads; null unless the ticket has seats.</summary>
    public string? CodeOf(TrainRun run, TrainTicket ticket) => ticket.Status != TrainTicketStatus.Confirmed || ticket.Seats.Count == 0
        ? null
        : codes.Sign(new(Kind, ticket.RunId, ticket.Id, [.. ticket.Seats.Select(seat => run.Seats[seat - 1].Label)], ticket.Passengers.Count));

    public async Task<IReadOnlyList<TicketSummary>> ReadTicketsAsync(Guid userId, Guid? before, int limit, CancellationToken cancel)
    {
        List<TicketSummary> tickets = [];
        foreach (var ticket in await store.ReadTicketsAsync(userId, before, limit, cancel)) tickets.Add(new(ticket.Id, ticket.IssuedAt, await runs.GetAsync(ticket.RunId, cancel), ticket));
        return tickets;
    }

    public async Task<Admitted> AdmitAsync(TicketCode code, Guid inspector, string? place, CancellationToken cancel)
    {
        var now = await store.AdmitAsync(code.Scope, code.Ticket, inspector, place, cancel);
        var ticket = await store.ReadTicketAsync(code.Scope, code.Ticket, cancel) ?? throw NoTicket();
        if (!now && ticket.Admission is { } first) throw Admitted.Before(first);
        if (!now) throw new RefusedException(Refusal.Conflict, "The ticket is cancelled.");
        return new(ticket.Id, ticket.Admission!, code.Seats, ticket.Passengers);
    }

    DateTime Now => time.GetUtcNow().UtcDateTime;

    async Task<TrainTicket?> TakeAsync(TrainRun run, Guid id, TicketRequest request, decimal fare, CancellationToken cancel)
    {
        if (request.Passengers.Count == 1 && await store.IssueOneAsync(run.Id, id, request, fare, cancel) is { } one) return one;
        for (var i = 0; request.Passengers.Count > 1 && i < Attempts; i++)
        {
            if (SeatChoice.Choose(await store.ReadFreeAsync(run, request.Class, cancel), request.Stretch, request.Passengers.Count) is not { } seats) break;
            if (await store.IssueChosenAsync(run, id, request, fare, seats, cancel) is { } chosen) return chosen;
        }

        // The key first: a retry must not wait in line for what it has.
        if (await FirstAnswerAsync(run, request, cancel) is { } first) return first.Ticket;
        return await store.IssueOrWaitlistAsync(run, id, request, fare, options.WaitlistLimit, cancel);
    }

    // What the ticket of this key was when it was made.
    async Task<(TrainRun Run, TrainTicket Ticket)?> FirstAnswerAsync(TrainRun run, TicketRequest request, CancellationToken cancel)
    {
        if (request.Key is null || await store.FindByKeyAsync(run.Id, request.UserId, request.Key, cancel) is not { } ticket) return null;
        if (ticket.Class != request.Class || ticket.Stretch != request.Stretch || !ticket.Passengers.SequenceEqual(request.Passengers))
            throw new RefusedException(Refusal.KeyReused, "The Idempotency-Key was used for another request.");
        return (run, ticket.FirstPosition is { } position
            ? ticket with { Status = TrainTicketStatus.Waitlisted, Seats = [], Position = position, CancelledAt = null, Refund = null, RefundPercent = null, Admission = null }
            : ticket with { Status = TrainTicketStatus.Confirmed, CancelledAt = null, Refund = null, RefundPercent = null, Admission = null });
    }

    async Task<RefusedException> NothingLeftAsync(TrainRun run, CancellationToken cancel) => new(
        Refusal.Conflict,
        (await store.ReadRunAsync(run.Id, cancel))?.CancelledAt is null ? "Sold out, and the waitlist is full." : "The run is cancelled.");

    static RefusedException NoRun() => new(Refusal.NotFound, "There is no such run.");

    static RefusedException NoTicket() => new(Refusal.NotFound, "There is no such ticket.");
}
