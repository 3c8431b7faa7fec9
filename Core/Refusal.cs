namespace FunctionsApp.Core;

/// <summary>Why the core refuses a request. The HTTP side gives each its status code.</summary>
public enum Refusal
{
    /// <summary>The input breaks a rule; <see cref="RefusedException.Errors"/> names the fields.</summary>
    Invalid,

    /// <summary>The caller is not who it says, or no longer may say so.</summary>
    Unauthenticated,

    /// <summary>The caller is known and may not do this.</summary>
    Forbidden,

    /// <summary>No such thing, or not the caller's.</summary>
    NotFound,

    /// <summary>The state of things is in the way: a taken name, something already closed.</summary>
    Conflict,

    /// <summary>The caller's version of the thing is not the current one.</summary>
    Stale,

    /// <summary>The idempotency key was used before, for another request.</summary>
    KeyReused,

    /// <summary>What was sent is of the right form and cannot be used: a code that was not signed here.</summary>
    Unprocessable,

    /// <summary>Too many attempts; <see cref="RefusedException.RetryAfter"/> says when the next may come.</summary>
    TooMany,

    /// <summary>No room for the work now; <see cref="RefusedException.RetryAfter"/> says when to try again.</summary>
    Busy,
}
