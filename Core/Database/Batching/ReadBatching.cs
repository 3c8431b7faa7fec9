using Npgsql;

namespace FunctionsApp.Core.Database;

/// <summary>
/// Whether hot reads are batched: by <see cref="BatchOptions"/>, or if that is not set, unless the database is Citus. Until the database
/// was asked, they are not.
/// </summary>
public sealed class ReadBatching
{
    readonly PostgresDatabase database;
    readonly BatchOptions options;
    volatile bool isOn;

    public ReadBatching(PostgresDatabase database, BatchOptions options)
    {
        (this.database, this.options) = (database, options);
        isOn = options.BatchedReads > 0;
        Limits = BatchLimits.Of(
            options.BatchedReads is > 0 and { } given ? given : BatchLimits.DefaultAtOnce,
            PostgresDatabase.LongestStatement(database.ConnectionString),
            database.LongestReadWait
        );
    }

    public bool IsOn => isOn;

    /// <summary>The limits of a batched read.</summary>
    public BatchLimits Limits { get; }

    /// <summary>Asks the database whether it is Citus, if there is no setting.</summary>
    /// <exception cref="NpgsqlException">The database is unreachable.</exception>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        if (options.BatchedReads is not null)
            return;
        await using var connection = await database.OpenForSystemReadAsync(cancellationToken);
        isOn = !await Distribution.IsCitusAsync(connection, cancellationToken);
    }
}
