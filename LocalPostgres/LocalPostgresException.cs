namespace FunctionsApp.LocalPostgres;

/// <summary>A local Postgres cannot be had. The message is for the operator: what happened and what to do.</summary>
public sealed class LocalPostgresException(string message, Exception? inner = null) : Exception(message, inner);
