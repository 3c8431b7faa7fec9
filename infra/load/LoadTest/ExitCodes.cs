namespace FunctionsApp.LoadTest;

/// <summary>The exit codes of all commands.</summary>
static class ExitCodes
{
    public const int Ok = 0,
        Failed = 1,
        Misused = 2,
        ObjectiveMissed = 3,
        Interrupted = 130;
}
