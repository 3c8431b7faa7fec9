using Dapper;
using FunctionsApp.Core.Database;
using FunctionsApp.Core.Tickets;

namespace FunctionsApp.Core.Trains;

/// <summary>The SQL that marks tickets as used.</summary>
public sealed class TrainTicketUseStore(PostgresDatabase database)
{
    /// <summary>
    /// Marks a confirmed ticket as used. Repeated by the same inspector at the same place within
    /// <see cref="TicketUse.RepeatWindow"/> it succeeds again.
    /// </summary>
    /// <returns>Whether the ticket was marked now, or this is such a repetition.</returns>
    public async Task<bool> UseAsync(Guid runId, Guid id, Guid inspector, string? place, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return await connection.ExecuteAsync(
                new(
                    """
                    update train_tickets set used_at = least(used_at, now()), used_by = @inspector, used_where = @place
                    where run_id = @runId and id = @id and status = 'confirmed'
                      and (used_at is null or used_by = @inspector and used_where is not distinct from @place
                          and used_at > now() - @RepeatWindow)
                    """,
                    new
                    {
                        runId,
                        id,
                        inspector,
                        place,
                        TicketUse.RepeatWindow,
                    },
                    cancellationToken: cancellationToken
                )
            ) == 1;
    }
}
