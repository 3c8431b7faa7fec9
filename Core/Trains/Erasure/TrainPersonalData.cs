using FunctionsApp.Core.Accounts;

namespace FunctionsApp.Core.Trains;

/// <summary>
/// Erases what the module stores about a deleted account: tickets that can still be used are cancelled, so that their seats go to the
/// waitlist, and the names of passengers are removed from all tickets. Tickets of trains that have left, and used ones, are kept without
/// names.
/// </summary>
public sealed class TrainPersonalData(TrainTicketService trains, TrainErasureStore store, TimeProvider time) : IPersonalData
{
    /// <inheritdoc/>
    public async Task EraseAsync(Guid userId, CancellationToken cancellationToken)
    {
        foreach (var (runId, id) in await store.ReadOpenTicketsAsync(userId, cancellationToken))
        {
            var (run, ticket) = await trains.ReadTicketAsync(runId, id, userId, cancellationToken);
            if (run.HasLeft(ticket.Segment.Starts, time.GetUtcNow().UtcDateTime))
                continue;
            try
            {
                await trains.CancelTicketAsync(runId, id, userId, cancellationToken);
            }
            catch (RefusedException refused) when (refused.Refusal == Refusal.Conflict)
            {
                // An inspector used it first, and a used ticket is not cancelled.
            }
        }

        foreach (var runId in await store.ReadRunsWithNamesAsync(userId, cancellationToken))
            await store.RemoveNamesAsync(runId, userId, cancellationToken);
        await store.RemoveKeysAsync(userId, cancellationToken);
    }
}
