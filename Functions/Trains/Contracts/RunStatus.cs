namespace FunctionsApp.Functions.Trains;

/// <summary>The status of a run.</summary>
public enum RunStatus
{
    Scheduled,
    Cancelled,
}
