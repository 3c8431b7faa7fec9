namespace FunctionsApp.Functions.Tests.Servers;

/// <summary>Unique names for tests that share a database.</summary>
public static class Unique
{
    public static string Name() => $"t{Guid.NewGuid():N}"[..21];

    public static string Email() => $"{Name()}@example.org";
}
