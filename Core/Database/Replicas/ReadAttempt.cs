namespace FunctionsApp.Core.Database;

/// <summary>
/// An attempt at the reads of a request: whether it failed on a standby decides whether the request repeats them after a time limit, on
/// another server.
/// </summary>
public sealed class ReadAttempt
{
    static readonly AsyncLocal<ReadAttempt?> current = new();

    volatile bool isOnStandby;

    /// <summary>The attempt of the current request; null outside of one.</summary>
    public static ReadAttempt? Current => current.Value;

    /// <summary>Whether the last connection was to a standby.</summary>
    public bool IsOnStandby => isOnStandby;

    /// <summary>Begins an attempt, which is the current one for everything that the calling asynchronous method calls.</summary>
    public static ReadAttempt Begin() => current.Value = new();

    internal void Note(bool standby) => isOnStandby = standby;
}
