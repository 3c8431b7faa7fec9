namespace FunctionsApp.Core.Tickets;

/// <summary>The module's face: what tickets of all sorts have in common.</summary>
public sealed class TicketService(IEnumerable<ITicketSource> sources, TicketCodes codes)
{
    public const int MaxPlaceLength = 100;

    /// <summary>A user's tickets of all sorts, newest first: one look in each module for a page.</summary>
    public async Task<Page<TicketSummary>> ReadTicketsAsync(Guid userId, PageRequest page, CancellationToken cancellationToken)
    {
        var lists = await Task.WhenAll(
            sources.Select(source => source.ReadTicketsAsync(userId, page.Before, page.Limit + 1, cancellationToken))
        );
        return Page<TicketSummary>.Of(
            [.. lists.SelectMany(list => list).OrderByDescending(ticket => ticket.Id, UuidOrder.Instance).Take(page.Limit + 1)],
            page,
            ticket => ticket.Id
        );
    }

    /// <summary>Verifies a code and lets its ticket in, once.</summary>
    /// <param name="place">Where, for the response to a later use of the same code.</param>
    /// <exception cref="RefusedException"><see cref="Refusal.Unprocessable"/> for a code that this service did not sign; else as
    /// <see cref="ITicketSource.AdmitAsync"/>.</exception>
    public async Task<Admitted> VerifyAsync(string code, Guid inspector, string? place, CancellationToken cancellationToken)
    {
        new Validation()
            .Check(
                "place",
                place is { Length: > MaxPlaceLength } ? $"Must have at most {MaxPlaceLength} characters."
                    : place is not null && place.Any(char.IsControl) ? "May not hold control characters."
                    : null
            )
            .ThrowIfInvalid();
        if (
            await codes.ReadAsync(code.Trim(), cancellationToken) is not { } read
            || sources.FirstOrDefault(source => source.Kind == read.Kind) is not { } source
        )
            throw new RefusedException(Refusal.Unprocessable, "This is not a code of a ticket: it is forged or damaged.");
        return await source.AdmitAsync(read, inspector, string.IsNullOrWhiteSpace(place) ? null : place.Trim(), cancellationToken);
    }

    // As Postgres orders UUIDs: byte by byte.
    sealed class UuidOrder : IComparer<Guid>
    {
        public static readonly UuidOrder Instance = new();

        public int Compare(Guid x, Guid y) => x.ToByteArray(bigEndian: true).AsSpan().SequenceCompareTo(y.ToByteArray(bigEndian: true));
    }
}
