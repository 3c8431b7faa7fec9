namespace FunctionsApp.LoadTest;

/// <summary>The load test cannot go on. The message explains the reason and the remedy to the user.</summary>
sealed class LoadTestException(string message, Exception? inner = null) : Exception(message, inner);
