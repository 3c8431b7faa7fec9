using FunctionsApp.Core.Database;

namespace FunctionsApp.Core.Trains;

/// <summary>Buying tickets: seats, the waitlist or a refusal, and one response for each idempotency key.</summary>
public sealed class TicketPurchases(
    PurchaseStore purchases,
    WaitlistStore waitlist,
    PurchaseKeyStore keys,
    TrainSearchStore search,
    RunCache runs,
    TrainOptions options,
    KeyedWork keyed,
    TimeProvider time
)
{
    public const int MaxPassengers = 6;

    // How often another buyer may take a chosen seat before the class is locked, or a key may change between two statements.
    const int Attempts = 4;

    const string SoldOut = "Sold out, and the waitlist is full.";

    // Connections that sold-out responses of one run may use at once. Others wait their turn in this process.
    const int SoldOutReads = 4,
        SoldOutQueue = 1000;

    static readonly KeyedLimiter<Guid> Reads = new(
        SoldOutReads,
        SoldOutQueue,
        TimeSpan.FromSeconds(5),
        "Too many requests for this run are waiting. Try again shortly."
    );

    readonly RecentlyUsed<Wish, SoldOutHint> hints = new(capacity: 4096);

    // A request without its user and key.
    readonly record struct Wish(Guid RunId, string Class, Segment Segment, int Passengers);

    // The last outcome for a wish. It only decides which statement comes first.
    sealed class SoldOutHint
    {
        public volatile bool SoldOut;
    }

    /// <summary>Issues a ticket, or adds it to the waitlist. The same key with the same request returns the first response again.</summary>
    /// <param name="key">Idempotency key, or none.</param>
    /// <exception cref="RefusedException">
    /// <see cref="Refusal.NotFound"/>; <see cref="Refusal.Invalid"/>; <see cref="Refusal.Conflict"/> when nothing is free and the waitlist
    /// is full, or the run is cancelled or gone; <see cref="Refusal.KeyReused"/>.
    /// </exception>
    public async Task<(TrainRun Run, TrainTicket Ticket)> IssueAsync(
        Guid runId,
        Guid userId,
        string from,
        string to,
        string @class,
        IReadOnlyList<string> passengers,
        string? key,
        CancellationToken cancellationToken
    )
    {
        // Thrown only here: each asynchronous method on the way of an exception costs processor time, and a sold-out run is refused often.
        var (run, (ticket, refusal)) = await keyed.RunAsync(key, AttemptAsync, cancellationToken);
        return ticket is null ? throw new RefusedException(Refusal.Conflict, refusal!) : (run, ticket);

        async Task<(TrainRun Run, (TrainTicket? Ticket, string? Refusal) Outcome)> AttemptAsync()
        {
            var run = await runs.GetAsync(runId, cancellationToken);
            var segment = run.Between(from, to);
            var request = new TicketRequest(userId, run.ClassNamed(@class), segment, NamesOf(passengers), key);
            return (run, await IssueOnceAsync(run, request, cancellationToken));
        }
    }

    static string[] NamesOf(IReadOnlyList<string> passengers)
    {
        var validation = new Validation().Check(
            "passengers",
            passengers.Count is < 1 or > MaxPassengers ? $"Must be 1 to {MaxPassengers} names." : null
        );
        for (var i = 0; i < Math.Min(passengers.Count, MaxPassengers); i++)
            validation.Check($"passengers[{i}]", TrainName.Problem(passengers[i]));
        validation.ThrowIfInvalid();
        return [.. passengers.Select(one => one.Trim())];
    }

    // The ticket, or why there is none.
    async Task<(TrainTicket? Ticket, string? Refusal)> IssueOnceAsync(
        TrainRun run,
        TicketRequest request,
        CancellationToken cancellationToken
    )
    {
        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            if (await TryIssueAsync(run, request, cancellationToken) is { } outcome)
                return outcome;
            // The key was used meanwhile. Nothing is found when that was a refusal which no longer counts: then this is a new request.
            if (await FirstResponseAsync(run, request, cancellationToken) is { } first)
                return (first, null);
        }

        throw PurchaseStore.Contended();
    }

    // Null when the key was used already.
    async Task<(TrainTicket? Ticket, string? Refusal)?> TryIssueAsync(
        TrainRun run,
        TicketRequest request,
        CancellationToken cancellationToken
    )
    {
        try
        {
            // A retry may come after the train has left; a new ticket may not.
            var (ticket, refusal) = run.HasLeft(request.Segment.Starts, time.GetUtcNow().UtcDateTime)
                ? (null, "The train has left.")
                : await TakeAsync(run, request, cancellationToken);
            if (refusal is null)
                return (ticket, null);

            // Stored under the key before it is returned: a copy of this request that is under way must not get a ticket after all.
            if (request.Key is null || await keys.RefuseAsync(run.Id, Guid.CreateVersion7(), request, refusal, cancellationToken))
                return (null, refusal);
            return null;
        }
        catch (KeyTakenException)
        {
            return null;
        }
    }

    // The ticket, or why there is none.
    async Task<(TrainTicket? Ticket, string? Refusal)> TakeAsync(TrainRun run, TicketRequest request, CancellationToken cancellationToken)
    {
        var wish = new Wish(run.Id, request.Class, request.Segment, request.Passengers.Count);
        var hint = hints.Find(wish);
        if (hint is { SoldOut: true })
        {
            // One read without a lock, instead of looking for a seat first.
            if (await WhyNothingIsLeftAsync(run, request, cancellationToken) is { } known)
                return (null, known);
            hint.SoldOut = false;
        }

        var (id, fare) = (Guid.CreateVersion7(), run.Fare(request.Class, request.Segment, request.Passengers.Count));
        if (await IssueFreeAsync(run, id, request, fare, cancellationToken) is { } issued)
            return (issued, null);
        // The key first: a retry must not wait for what it has.
        if (request.Key is not null && await FirstResponseAsync(run, request, cancellationToken) is { } first)
            return (first, null);
        if (await WhyNothingIsLeftAsync(run, request, cancellationToken) is { } reason)
        {
            if (hint is null)
                hints.Add(wish, hint = new());
            hint.SoldOut = true;
            return (null, reason);
        }

        return await waitlist.IssueOrWaitlistAsync(run, id, request, fare, options.WaitlistLimit, cancellationToken) is { } last
            ? (last, null)
            : (null, await WhyNothingIsLeftAsync(run, request, cancellationToken) ?? SoldOut);
    }

    // A ticket with free seats, without a lock on the class. Null when none were found.
    Task<TrainTicket?> IssueFreeAsync(TrainRun run, Guid id, TicketRequest request, decimal fare, CancellationToken cancellationToken) =>
        request.Passengers.Count == 1
            ? purchases.IssueOneAsync(run.Id, id, request, fare, cancellationToken)
            : IssueTogetherAsync(run, id, request, fare, cancellationToken);

    async Task<TrainTicket?> IssueTogetherAsync(
        TrainRun run,
        Guid id,
        TicketRequest request,
        decimal fare,
        CancellationToken cancellationToken
    )
    {
        for (var i = 0; i < Attempts; i++)
        {
            var free = await purchases.ReadFreeAsync(run, request.Class, cancellationToken);
            if (SeatChoice.Choose(free, request.Segment, request.Passengers.Count) is not { } seats)
                return null;
            if (await purchases.IssueChosenAsync(run, id, request, fare, seats, cancellationToken) is { } ticket)
                return ticket;
        }

        return null;
    }

    // Null when a ticket or a place on the waitlist may be left.
    async Task<string?> WhyNothingIsLeftAsync(TrainRun run, TicketRequest request, CancellationToken cancellationToken)
    {
        using var turn = await Reads.EnterAsync(run.Id, cancellationToken);
        var left = await search.ReadAvailabilityAsync(run.Id, request, options.WaitlistLimit, cancellationToken);
        return left.Cancelled ? "The run is cancelled."
            : left.SoldOut ? SoldOut
            : null;
    }

    // What the ticket of this key was when it was issued. Null when there is none, or only a refusal that no longer counts.
    async Task<TrainTicket?> FirstResponseAsync(TrainRun run, TicketRequest request, CancellationToken cancellationToken)
    {
        if (request.Key is null || await keys.FindByKeyAsync(run.Id, request.UserId, request.Key, cancellationToken) is not { } found)
            return null;
        if (found.Refused is { Counts: false })
        {
            await keys.RemoveRefusalAsync(run.Id, found.Ticket.Id, cancellationToken);
            return null;
        }

        var ticket = found.Ticket;
        if (ticket.Class != request.Class || ticket.Segment != request.Segment || !ticket.Passengers.SequenceEqual(request.Passengers))
            throw new RefusedException(Refusal.KeyReused, "The Idempotency-Key was used for another request.");
        if (found.Refused is { Reason: var reason })
            throw new RefusedException(Refusal.Conflict, reason);
        return ticket.FirstPosition is { } position
            ? ticket with
            {
                Status = TrainTicketStatus.Waitlisted,
                Seats = [],
                Position = position,
                CancelledAt = null,
                Refund = null,
                RefundPercent = null,
                Use = null,
            }
            : ticket with
            {
                Status = TrainTicketStatus.Confirmed,
                CancelledAt = null,
                Refund = null,
                RefundPercent = null,
                Use = null,
            };
    }
}
