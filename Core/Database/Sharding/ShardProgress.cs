using System.Text.Json;

namespace FunctionsApp.Core.Database;

/// <summary>The progress of the last rebalance.</summary>
/// <param name="Job">Its number.</param>
/// <param name="State">Citus's name of its state, such as <c>running</c>.</param>
/// <param name="Done">The number of shard groups that were moved.</param>
/// <param name="Total">The number of shard groups to move.</param>
/// <param name="Error">The error message of the task that failed; null if none did.</param>
public sealed record ShardProgress(long Job, string State, int Done, int Total, string? Error)
{
    /// <summary>Whether the rebalance has ended.</summary>
    public bool Ended => State is "finished" or "failed" or "cancelled";

    /// <summary>Whether it ended because all shards were moved.</summary>
    public bool Succeeded => State == "finished";

    /// <param name="details">What <c>citus_rebalance_status</c> reports: the number of tasks in each state, and the tasks that are running
    /// or failed.</param>
    internal static ShardProgress Of(long job, string state, string? details)
    {
        if (details is null)
            return new(job, state, 0, 0, null);
        using var document = JsonDocument.Parse(details);
        int done = 0,
            total = 0;
        if (document.RootElement.TryGetProperty("task_state_counts", out var counts))
        {
            foreach (var count in counts.EnumerateObject())
            {
                total += count.Value.GetInt32();
                if (count.Name == "done")
                    done += count.Value.GetInt32();
            }
        }

        string? error = null;
        if (document.RootElement.TryGetProperty("tasks", out var tasks))
        {
            foreach (var task in tasks.EnumerateArray())
            {
                if (task.TryGetProperty("message", out var message) && message.ValueKind == JsonValueKind.String)
                    error ??= message.GetString();
            }
        }

        return new(job, state, done, total, error);
    }
}
