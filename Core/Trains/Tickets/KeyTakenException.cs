namespace FunctionsApp.Core.Trains;

/// <summary>There is a ticket with this idempotency key already; nothing was changed.</summary>
public sealed class KeyTakenException(Exception cause) : Exception("There is a ticket with this key.", cause);
