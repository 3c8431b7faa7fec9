namespace FunctionsApp.Core.Ledger;

/// <summary>A file that has been received completely. Disposing it deletes the stored copy.</summary>
public sealed class Upload : IAsyncDisposable
{
    readonly IDisposable? reservation;

    /// <param name="reservation">The upload's share of the spool; null for a file of the caller, which stays open.</param>
    internal Upload(Stream content, IDisposable? reservation) => (Content, this.reservation) = (content, reservation);

    public Stream Content { get; }

    public async ValueTask DisposeAsync()
    {
        if (reservation is null)
            return;
        await Content.DisposeAsync();
        reservation.Dispose();
    }
}
