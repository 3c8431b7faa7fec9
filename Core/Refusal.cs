namespace FunctionsApp.Core;

/// <summary>Why the core refuses a request. The HTTP layer maps each value to a status code.</summary>
public enum Refusal
{
    /// <summary>The input violates a rule; <see cref="RefusedException.Errors"/> names the fields.</summary>
    Invalid,

    /// <summary>The caller could not be authenticated, or its session has ended.</summary>
    Unauthenticated,

    /// <summary>The caller is authenticated but not authorized.</summary>
    Forbidden,

    /// <summary>The resource does not exist, or does not belong to the caller.</summary>
    NotFound,

    /// <summary>The current state does not allow it: the name is taken, or the ticket is already closed.</summary>
    Conflict,

    /// <summary>The caller's version of the resource is not the current one.</summary>
    Stale,

    /// <summary>The idempotency key was already used for a different request.</summary>
    KeyReused,

    /// <summary>The input is well-formed but cannot be used, such as a code that was not signed by this service.</summary>
    Unprocessable,

    /// <summary>Too many attempts; <see cref="RefusedException.RetryAfter"/> is the time until the next one is allowed.</summary>
    TooMany,

    /// <summary>There is no capacity at the moment; <see cref="RefusedException.RetryAfter"/> is the time to wait.</summary>
    Busy,
}
