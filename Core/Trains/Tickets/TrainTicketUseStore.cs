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
    /// <returns>The ticket if it was marked now, or if this is such a repetition; else null.</returns>
    public async Task<TrainTicket?> UseAsync(Guid runId, Guid id, Guid inspector, string? place, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return (
            await connection.QuerySingleOrDefaultAsync<TrainTicketRow>(
                new(
                    $"""
                    update train_tickets set used_at = least(used_at, now()), used_by = @inspector, used_where = @place
                    where run_id = @runId and id = @id and status = 'confirmed'
                      and (used_at is null or used_by = @inspector and used_where is not distinct from @place
                          and used_at > now() - @RepeatWindow)
                    returning {TrainTicketStore.WithoutPosition}
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
            )
        )?.ToTicket();
    }
}
