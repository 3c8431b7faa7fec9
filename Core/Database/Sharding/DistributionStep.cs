using System.Text.RegularExpressions;
using Dapper;
using Npgsql;

namespace FunctionsApp.Core.Database;

/// <summary>A table or function to distribute.</summary>
/// <param name="Name">As in <c>regclass</c> or <c>regprocedure</c>.</param>
/// <param name="Column">The column or parameter that is the key; null for a reference table, of which each node has a copy.</param>
/// <param name="With">The table whose shards are on the same nodes; null for a key of its own.</param>
sealed partial record DistributionStep(string Name, bool IsFunction, string? Column, string? With)
{
    /// <summary>Steps with a lower number come first.</summary>
    public int Order =>
        IsFunction ? 3
        : Column is null ? 0
        : With is null ? 1
        : 2;

    /// <summary>How the step is reported.</summary>
    public string Title => $"distribution of {(IsFunction ? Name[..Name.IndexOf('(', StringComparison.Ordinal)] : Name)}";

    /// <summary>Reads the comment on a table or function.</summary>
    /// <returns>Null if the comment does not ask for a distribution.</returns>
    public static DistributionStep? Of(string name, bool isFunction, string? comment)
    {
        if (comment == "reference table")
            return new(name, isFunction, null, null);
        var match = Declaration().Match(comment ?? "");
        return match.Success
            ? new(name, isFunction, match.Groups[1].Value, match.Groups[2] is { Success: true } with ? with.Value : null)
            : null;
    }

    /// <summary>
    /// Does it, with the rows that a table has, all or nothing. Changes of a table wait until it is distributed, which takes about a second
    /// for each 30 MB.
    /// </summary>
    public async Task ApplyAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var colocate = new
        {
            Name,
            Column,
            With = With ?? "none",
        };
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (IsFunction)
        {
            await ExecuteAsync("select create_distributed_function(@Name::regprocedure, @Column, colocate_with => @With)");
        }
        else
        {
            await ExecuteAsync(
                Column is null
                    ? "select create_reference_table(@Name::regclass)"
                    : "select create_distributed_table(@Name::regclass, @Column, colocate_with => @With)"
            );
            // The rows are in the shards now.
            await ExecuteAsync("select truncate_local_data_after_distributing_table(@Name::regclass)");
        }

        await transaction.CommitAsync(cancellationToken);

        Task ExecuteAsync(string statement) =>
            connection.ExecuteAsync(
                new CommandDefinition(statement, colocate, transaction, commandTimeout: 0, cancellationToken: cancellationToken)
            );
    }

    [GeneratedRegex(@"^distributed by (\w{1,63})(?:, colocated with (\w{1,63}))?\z")]
    private static partial Regex Declaration();
}
