namespace FunctionsApp.Benchmark;

/// <summary>Something could not be measured. The message explains the reason to the user of the benchmark.</summary>
sealed class BenchmarkException(string message, Exception? inner = null) : Exception(message, inner);
