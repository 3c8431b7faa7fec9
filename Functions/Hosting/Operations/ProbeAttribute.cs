namespace FunctionsApp.Functions.Hosting;

/// <summary>
/// Marks an endpoint that is polled: its failures are not logged as failed requests, but when they start and end.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
sealed class ProbeAttribute : Attribute;
