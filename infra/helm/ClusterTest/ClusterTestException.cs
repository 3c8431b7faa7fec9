namespace FunctionsApp.ClusterTest;

/// <summary>A step of the test failed. The message says what was expected and what happened.</summary>
public sealed class ClusterTestException(string message) : Exception(message);
