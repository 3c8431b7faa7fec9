using System.Diagnostics;
using FunctionsApp.LoadTest.Subjects;

namespace FunctionsApp.LoadTest.Tests;

public sealed class LimitedServerTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_that_has_ended_is_started_again_at_the_same_address()
    {
        // The build of the server that the solution made.
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        var built = Path.Combine(Repository.Root, "Functions", "bin", configuration, "net10.0");
        await using var subject = await LimitedServer.StartAsync(new(1, 512 << 20), built, users: 1, _ => { }, Cancel);
        await subject.RestartAsync(Cancel);
        var url = subject.Url;
        using var process = Process.GetProcessById(subject.ProcessId!.Value);
        process.Kill();
        await process.WaitForExitAsync(Cancel);

        Assert.NotNull(await subject.RecoverAsync(Cancel));

        Assert.Equal(url, subject.Url);
        Assert.Null(await subject.RecoverAsync(Cancel));
    }
}
