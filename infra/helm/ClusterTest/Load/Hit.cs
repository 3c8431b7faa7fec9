namespace FunctionsApp.ClusterTest.Load;

/// <summary>One request of an attack.</summary>
/// <param name="At">When it was sent, UTC.</param>
/// <param name="Code">The status; 0 if there was no response.</param>
/// <param name="Error">Why it failed, with 503 in the service's own words; empty if it did not.</param>
public sealed record Hit(DateTime At, TimeSpan Latency, int Code, string Error)
{
    /// <summary>No response, or another status than 2xx.</summary>
    public bool Failed => Code is < 200 or > 299;
}
