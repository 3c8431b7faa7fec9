namespace FunctionsApp.Core.Tickets;

/// <summary>What tickets of all kinds have in common.</summary>
public sealed class TicketService
{
    public const int MaxPlaceLength = 100;

    readonly TicketCodes codes;
    readonly Dictionary<char, ITicketSource> sources = [];

    /// <exception cref="InvalidOperationException">Two sources have the same kind.</exception>
    public TicketService(IEnumerable<ITicketSource> sources, TicketCodes codes)
    {
        this.codes = codes;
        foreach (var source in sources)
        {
            if (!this.sources.TryAdd(source.Kind, source))
            {
                throw new InvalidOperationException(
                    $"{source.GetType().Name} and {this.sources[source.Kind].GetType().Name} issue tickets of the same kind "
                        + $"'{source.Kind}': choose another letter for one of them."
                );
            }
        }
    }

    /// <summary>The kinds of tickets that the modules issue.</summary>
    public IReadOnlyCollection<char> Kinds => sources.Keys;

    /// <summary>A user's tickets of all kinds, newest first, with one query to each module.</summary>
    public async Task<KeysetPage<TicketSummary>> ReadTicketsAsync(Guid userId, PageRequest page, CancellationToken cancellationToken)
    {
        var lists = await Task.WhenAll(
            sources.Values.Select(source => source.ReadTicketsAsync(userId, page.Before, page.Limit + 1, cancellationToken))
        );
        return KeysetPage<TicketSummary>.Of(
            [.. lists.SelectMany(list => list).OrderByDescending(ticket => ticket.Id, UuidOrder.Instance).Take(page.Limit + 1)],
            page,
            ticket => ticket.Id
        );
    }

    /// <summary>Verifies a code and marks its ticket as used, once.</summary>
    /// <param name="place">Where, for the response when the same code is presented again.</param>
    /// <exception cref="RefusedException"><see cref="Refusal.Unprocessable"/> for a code that this service did not sign; else as
    /// <see cref="ITicketSource.UseAsync"/>.</exception>
    public async Task<UsedTicket> VerifyAsync(string code, Guid inspector, string? place, CancellationToken cancellationToken)
    {
        new Validation()
            .Check(
                "place",
                place is { Length: > MaxPlaceLength } ? $"Must have at most {MaxPlaceLength} characters."
                    : place is not null && place.Any(char.IsControl) ? "Must not contain control characters."
                    : null
            )
            .ThrowIfInvalid();
        if (await codes.ReadAsync(code.Trim(), cancellationToken) is not { } read || !sources.TryGetValue(read.Kind, out var source))
            throw new RefusedException(Refusal.Unprocessable, "This is not the code of a ticket: it is forged or damaged.");
        return await source.UseAsync(read, inspector, string.IsNullOrWhiteSpace(place) ? null : place.Trim(), cancellationToken);
    }

    // As Postgres orders UUIDs: byte by byte.
    sealed class UuidOrder : IComparer<Guid>
    {
        public static readonly UuidOrder Instance = new();

        public int Compare(Guid x, Guid y) => x.ToByteArray(bigEndian: true).AsSpan().SequenceCompareTo(y.ToByteArray(bigEndian: true));
    }
}
