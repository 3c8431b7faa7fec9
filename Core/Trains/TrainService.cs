using FunctionsApp.Core.Tickets;

namespace FunctionsApp.Core.Trains;

/// <summary>The module's face: runs, and tickets for them.</summary>
public sealed class TrainService(TrainStore store, RunCache runs, TicketCodes codes, TrainOptions options, TimeProvider time)
    : ITicketSource
{
    public const int MaxPassengers = TicketPurchases.MaxPassengers;

    readonly TicketPurchases purchases = new(store, runs, options, time);

    public char Kind => TicketCode.Train;

    /// <summary>Adds a run with all seats free.</summary>
    /// <param name="userId">The administrator.</param>
    /// <param name="key">Idempotency key, or none: the same request with the same key returns the run that was added first.</param>
    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/>, with the fields that are wrong;
    /// <see cref="Refusal.KeyReused"/>.</exception>
    public async Task<TrainRun> AddRunAsync(
        string number,
        string name,
        DateOnly serviceDate,
        IReadOnlyList<Stop> stops,
        IReadOnlyList<Coach> coaches,
        Guid userId,
        string? key,
        CancellationToken cancellationToken
    )
    {
        var run = TrainRun.Create(number, name, serviceDate, stops, coaches);
        if (key is null)
        {
            await store.AddRunAsync(run, cancellationToken);
            return run;
        }

        // Read again also when it was added now, so that all responses are the same to the last digit.
        var first = await store.AddRunOnceAsync(run, userId, key, cancellationToken);
        var (added, _) = await ReadRunAsync(first ?? run.Id, cancellationToken);
        return added.IsSameAs(run) ? added : throw new RefusedException(Refusal.KeyReused, "The Idempotency-Key was used for another run.");
    }

    /// <exception cref="RefusedException"><see cref="Refusal.NotFound"/></exception>
    public async Task<(TrainRun Run, DateTime? CancelledAt)> ReadRunAsync(Guid id, CancellationToken cancellationToken) =>
        await store.ReadRunAsync(id, cancellationToken) ?? throw NoRun();

    /// <summary>Cancels a run and all of its tickets; again is no error.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.NotFound"/></exception>
    public async Task<(TrainRun Run, DateTime? CancelledAt)> CancelRunAsync(Guid id, CancellationToken cancellationToken) =>
        await store.CancelRunAsync(id, cancellationToken) ? await ReadRunAsync(id, cancellationToken) : throw NoRun();

    /// <summary>Runs that call at both stations in that order on a service date.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/></exception>
    public async Task<Page<Connection>> SearchAsync(
        string? from,
        string? to,
        DateOnly date,
        PageRequest page,
        CancellationToken cancellationToken
    )
    {
        new Validation()
            .Check("from", TrainName.Problem(from))
            .Check(
                "to",
                TrainName.Problem(to)
                    ?? (
                        TrainName.Problem(from) is null && TrainName.Key(from!) == TrainName.Key(to!)
                            ? "Is the station to travel from."
                            : null
                    )
            )
            .Check("date", date.Year is < 2000 or > 2200 ? "Must be between the years 2000 and 2200." : null)
            .ThrowIfInvalid();
        return Page<Connection>.Of(
            await store.SearchAsync(TrainName.Key(from!), TrainName.Key(to!), date, page, cancellationToken),
            page,
            one => one.RunId
        );
    }

    /// <summary>The seats of a run, and whether each is free between two stations.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.NotFound"/>; <see cref="Refusal.Invalid"/></exception>
    public async Task<IReadOnlyList<(Seat Seat, bool Free)>> ReadSeatsAsync(
        Guid id,
        string from,
        string to,
        string? @class,
        CancellationToken cancellationToken
    )
    {
        var run = await runs.GetAsync(id, cancellationToken);
        var segment = run.Between(from, to);
        var only = @class is null ? null : run.ClassNamed(@class);
        var free = (await store.ReadFreeSeatsAsync(id, segment, cancellationToken)).ToHashSet();
        return [.. run.Seats.Where(seat => only is null || seat.Class == only).Select(seat => (seat, free.Contains(seat.Ordinal)))];
    }

    /// <summary>Issues a ticket, or puts it in the line. The same key with the same request gives the first answer again.</summary>
    /// <param name="key">Idempotency key, or none.</param>
    /// <exception cref="RefusedException">
    /// <see cref="Refusal.NotFound"/>; <see cref="Refusal.Invalid"/>; <see cref="Refusal.Conflict"/> when nothing is free and the line is
    /// full, or the run is cancelled or gone;
    /// <see cref="Refusal.KeyReused"/>
    /// </exception>
    public Task<(TrainRun Run, TrainTicket Ticket)> IssueAsync(
        Guid runId,
        Guid userId,
        string from,
        string to,
        string @class,
        IReadOnlyList<string> passengers,
        string? key,
        CancellationToken cancellationToken
    ) => purchases.IssueAsync(runId, userId, from, to, @class, passengers, key, cancellationToken);

    /// <summary>A ticket.</summary>
    /// <param name="owner">The user who has to own it; null for any.</param>
    /// <exception cref="RefusedException"><see cref="Refusal.NotFound"/>, also when it is another user's.</exception>
    public async Task<(TrainRun Run, TrainTicket Ticket)> ReadTicketAsync(
        Guid runId,
        Guid id,
        Guid? owner,
        CancellationToken cancellationToken
    ) =>
        await store.ReadTicketAsync(runId, id, owner, cancellationToken) is { } ticket
            ? (await runs.GetAsync(runId, cancellationToken), ticket)
            : throw NoTicket();

    /// <summary>Cancels a ticket; idempotent. Waitlisted tickets that now fit are confirmed with it.</summary>
    /// <param name="owner">The user who has to own it; null for any.</param>
    /// <exception cref="RefusedException">
    /// <see cref="Refusal.NotFound"/>; <see cref="Refusal.Conflict"/> when it was used; <see cref="Refusal.Busy"/> when too many cancel on
    /// this run.
    /// </exception>
    public async Task<(TrainRun Run, TrainTicket Ticket)> CancelTicketAsync(
        Guid runId,
        Guid id,
        Guid? owner,
        CancellationToken cancellationToken
    )
    {
        var (run, ticket) = await ReadTicketAsync(runId, id, owner, cancellationToken);
        var now = await store.CancelTicketAsync(run, ticket, RefundOf, cancellationToken) ?? throw NoTicket();
        return now.Status == TrainTicketStatus.Cancelled
            ? (run, now)
            : throw new RefusedException(Refusal.Conflict, "The ticket was used already.");

        Refund RefundOf(TrainTicket one) =>
            one.Status == TrainTicketStatus.Waitlisted
                ? Refund.Full(one.Fare)
                : Refund.Of(one.Fare, run.DepartureFrom(one.Segment.Starts) - Now);
    }

    /// <summary>What an inspector's device reads; null unless the ticket has seats.</summary>
    public string? CodeOf(TrainTicket ticket) =>
        ticket.Status != TrainTicketStatus.Confirmed || ticket.Seats.Count == 0 ? null : codes.Sign(new(Kind, ticket.RunId, ticket.Id));

    public async Task<IReadOnlyList<TicketSummary>> ReadTicketsAsync(
        Guid userId,
        Guid? before,
        int limit,
        CancellationToken cancellationToken
    )
    {
        List<TicketSummary> tickets = [];
        foreach (var ticket in await store.ReadTicketsAsync(userId, before, limit, cancellationToken))
            tickets.Add(new(ticket.Id, ticket.IssuedAt, await runs.GetAsync(ticket.RunId, cancellationToken), ticket));
        return tickets;
    }

    public async Task<Admitted> AdmitAsync(TicketCode code, Guid inspector, string? place, CancellationToken cancellationToken)
    {
        var now = await store.AdmitAsync(code.Scope, code.Ticket, inspector, place, cancellationToken);
        var ticket = await store.ReadTicketAsync(code.Scope, code.Ticket, owner: null, cancellationToken) ?? throw NoTicket();
        if (!now && ticket.Admission is { } first)
            throw Admitted.Before(first);
        if (!now)
            throw new RefusedException(Refusal.Conflict, "The ticket is cancelled.");
        var run = await runs.GetAsync(ticket.RunId, cancellationToken);
        return new(ticket.Id, ticket.Admission!, [.. ticket.Seats.Select(seat => run.Seats[seat - 1].Label)], ticket.Passengers);
    }

    DateTime Now => time.GetUtcNow().UtcDateTime;

    static RefusedException NoRun() => new(Refusal.NotFound, "There is no such run.");

    static RefusedException NoTicket() => new(Refusal.NotFound, "There is no such ticket.");
}
