namespace FunctionsApp.Core.Ledger;

/// <summary>A file that has been received completely. Disposing it deletes the stored copy.</summary>
public sealed class Upload : IAsyncDisposable
{
    readonly Stream content;
    readonly IDisposable? reservation;
    readonly long start;

    /// <param name="content">Can be read more than once, from its current position.</param>
    /// <param name="reservation">The upload's share of the spool; null for a file of the caller, which stays open.</param>
    internal Upload(Stream content, IDisposable? reservation) =>
        (this.content, this.reservation, start) = (content, reservation, content.Position);

    /// <summary>The file, at its start.</summary>
    public Stream Rewind()
    {
        content.Position = start;
        return content;
    }

    public async ValueTask DisposeAsync()
    {
        if (reservation is null)
            return;
        await content.DisposeAsync();
        reservation.Dispose();
    }
}
