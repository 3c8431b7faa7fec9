namespace FunctionsApp.Core.Accounts;

/// <summary>An entry of the audit trail.</summary>
/// <param name="Type">One of <see cref="EventTypes"/>.</param>
/// <param name="ActorId">The administrator who did it; null if it was the user.</param>
/// <param name="SessionId">The session in which it happened, if any.</param>
public sealed record AccountEvent(Guid Id, DateTime At, string Type, Guid? ActorId, Guid? SessionId, string? Address, string? UserAgent);
