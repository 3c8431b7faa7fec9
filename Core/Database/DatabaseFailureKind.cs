namespace FunctionsApp.Core.Database;

/// <summary>Kinds of <see cref="DatabaseFailure"/>.</summary>
public enum DatabaseFailureKind
{
    /// <summary>The database is unreachable, has closed the connection or is read-only. A retry may help.</summary>
    Unavailable,

    /// <summary>The database is available, but a lock or the statement took too long.</summary>
    Busy,

    /// <summary>All connections of the pool are in use.</summary>
    PoolExhausted,

    /// <summary>The client sent text that Postgres cannot store. A retry does not help.</summary>
    NotText,
}
