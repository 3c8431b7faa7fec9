namespace FunctionsApp.Core.Database;

/// <summary>Kinds of <see cref="DatabaseFailure"/>.</summary>
public enum DatabaseFailureKind
{
    /// <summary>The database cannot be reached, went away or cannot write now. It may help to try again.</summary>
    Away,

    /// <summary>The database is there, but a lock or the statement took too long.</summary>
    Busy,

    /// <summary>All connections of this server's pool are in use.</summary>
    PoolExhausted,

    /// <summary>The client sent text that Postgres cannot hold. Trying again does not help.</summary>
    NotText,
}
