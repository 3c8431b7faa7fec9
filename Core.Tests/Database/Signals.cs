using System.Diagnostics;

namespace FunctionsApp.Core.Tests.Database;

/// <summary>Sends signals to processes of this machine.</summary>
static class Signals
{
    /// <summary>Skips the test on Windows, which has no signals.</summary>
    public static void Require() => Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals.");

    /// <param name="signal">Its name, such as <c>STOP</c>.</param>
    /// <param name="processes">The ids.</param>
    public static async Task SendAsync(string signal, params IEnumerable<string> processes)
    {
        using var kill = Process.Start("kill", [$"-{signal}", .. processes]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, kill.ExitCode);
    }
}
