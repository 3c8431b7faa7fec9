namespace FunctionsApp.LoadTest.Soak;

/// <summary>A part of a soak test: an attack, and the state of the server after it.</summary>
/// <param name="Seconds">The end of the attack, from the start of the test.</param>
/// <param name="P99">In milliseconds.</param>
/// <param name="Failures">The most frequent failures, or null if there were none.</param>
/// <param name="Memory">In bytes; null if it cannot be read, like <paramref name="Connections"/>.</param>
/// <param name="Event">What happened to the server, such as an end, or null.</param>
sealed record SoakSample(
    double Seconds,
    int Requests,
    int Failed,
    double P99,
    string? Failures,
    long? Memory,
    int? Connections,
    string? Event
);
