namespace FunctionsApp.Functions.Hosting;

/// <summary>Documents an example of a text body, such as a CSV file.</summary>
/// <param name="text">The complete body.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BodyExampleAttribute(string text) : Attribute
{
    public string Text { get; } = text;
}
