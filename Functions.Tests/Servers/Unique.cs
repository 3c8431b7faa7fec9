namespace FunctionsApp.Functions.Tests.Servers;

/// <summary>Names that nobody else has, on a database that others use too.</summary>
public static class Unique
{
    public static string Name() => $"t{Guid.NewGuid():N}"[..21];

    public static string Email() => $"{Name()}@example.org";
}
