namespace FunctionsApp.Core.Accounts;

/// <summary>What a password is hashed for: each kind has a queue of its own, and they are served in turn.</summary>
public enum HashingWork
{
    /// <summary>Logging in, and confirming or changing the password of an account.</summary>
    Login,

    /// <summary>Signing up.</summary>
    Signup,
}
