namespace FunctionsApp.Core.Tests.Database;

/// <summary>Something that a rule forbids and a module does on purpose.</summary>
public sealed record Exemption(string Subject, string Reason);
