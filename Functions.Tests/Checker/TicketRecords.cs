using System.Collections.Concurrent;
using System.Text.Json;

namespace FunctionsApp.Functions.Tests.Checker;

/// <summary>The responses that arrived at the clients.</summary>
public sealed class TicketRecords
{
    readonly Lock progress = new();
    TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    long responses,
        awaited = long.MaxValue;

    /// <summary>Responses to requests for a train ticket, by user and idempotency key: all 201 bodies.</summary>
    public ConcurrentDictionary<(Guid Run, Guid User, string Key), ConcurrentBag<string>> Issued { get; } = [];

    /// <summary>Train tickets whose cancellation was confirmed by a response.</summary>
    public ConcurrentDictionary<Guid, Guid> Cancelled { get; } = [];

    /// <summary>Successful verifications of each ticket: the time and the place that each response names.</summary>
    public ConcurrentDictionary<Guid, ConcurrentBag<(DateTime UsedAt, string? Place)>> Used { get; } = [];

    /// <summary>Responses to requests for a parking ticket.</summary>
    public ConcurrentDictionary<(Guid Lot, Guid User, string Key), ConcurrentBag<string>> Parked { get; } = [];

    /// <summary>Fees returned at the exit, by ticket.</summary>
    public ConcurrentDictionary<Guid, ConcurrentBag<decimal>> Fees { get; } = [];

    /// <summary>Responses that no client should get.</summary>
    public ConcurrentBag<string> Wrong { get; } = [];

    /// <summary>The number of responses, of all kinds.</summary>
    public long Responses => Interlocked.Read(ref responses);

    /// <summary>Whether so much has happened that the check means something.</summary>
    public bool AreEnough => Issued.Count > 100 && !Cancelled.IsEmpty && !Used.IsEmpty && !Fees.IsEmpty;

    /// <summary>Adds to <see cref="Responses"/>.</summary>
    public void CountResponse()
    {
        lock (progress)
        {
            if (++responses >= awaited)
                reached.TrySetResult();
        }
    }

    /// <summary>Waits for this many further responses.</summary>
    /// <exception cref="TimeoutException">Fewer arrived.</exception>
    public Task WaitForResponsesAsync(int count, TimeSpan timeout, CancellationToken cancellationToken)
    {
        lock (progress)
        {
            awaited = responses + count;
            reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
            return reached.Task.WaitAsync(timeout, cancellationToken);
        }
    }

    public static JsonElement Json(string body)
    {
        using var document = JsonDocument.Parse(body);
        return document.RootElement.Clone();
    }
}
