namespace FunctionsApp.LocalPostgres;

/// <summary>A local Postgres cannot be provided. The message tells the operator what happened and what to do.</summary>
public sealed class LocalPostgresException(string message, Exception? inner = null) : Exception(message, inner);
