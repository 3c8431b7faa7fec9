namespace FunctionsApp.Benchmark;

/// <summary>Something could not be measured; the message says why, for the one who runs the benchmark.</summary>
sealed class BenchmarkException(string message, Exception? inner = null) : Exception(message, inner);
