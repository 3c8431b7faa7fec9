namespace FunctionsApp.Functions.Hosting;

/// <summary>Constant values for examples, so that every build generates the same document.</summary>
public static class Examples
{
    public static readonly Guid Id = new("0198c0de-7a3b-7c4d-8e5f-1a2b3c4d5e6f");

    public static readonly DateTime Time = new(2026, 11, 23, 6, 30, 0, DateTimeKind.Utc);
}
