namespace FunctionsApp.LoadTest.Subjects;

/// <summary>Resources that were used since some start. What cannot be read is null.</summary>
/// <param name="Server">Processor time of the server, in seconds.</param>
/// <param name="Database">Processor time of all processes of Postgres, in seconds.</param>
/// <param name="Throttled">The time for which the processor limit stopped the server, in seconds.</param>
/// <param name="Memory">What the server's group, or else its process, has in memory now, in bytes.</param>
/// <param name="Statements">Statements that the database has executed, from <c>pg_stat_statements</c>.</param>
/// <param name="Connections">Connections of the server to the database now.</param>
/// <param name="Transactions">Transactions of the database.</param>
sealed record Usage(
    double? Server,
    double? Database,
    double? Throttled,
    long? Memory,
    long? Statements,
    long? Transactions,
    int? Connections = null
)
{
    public static readonly Usage Unknown = new(null, null, null, null, null, null);

    /// <summary>What was used between an earlier moment and this one; memory and connections are the later values.</summary>
    public Usage Since(Usage earlier) =>
        new(
            Server - earlier.Server,
            Database - earlier.Database,
            Throttled - earlier.Throttled,
            Memory,
            Statements - earlier.Statements,
            Transactions - earlier.Transactions,
            Connections
        );
}
