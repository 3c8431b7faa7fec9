using System.Runtime.ExceptionServices;
using FunctionsApp.Core;

namespace FunctionsApp.Functions.Hosting;

/// <summary>The end of a process that cannot do its work: a setting that is wrong, a migration that fails.</summary>
sealed class FatalError(IHostApplicationLifetime lifetime)
{
    Exception? reason;

    /// <summary>Stops the process; the first reason counts.</summary>
    public void Because(Exception exception)
    {
        Interlocked.CompareExchange(ref reason, exception, null);
        lifetime.StopApplication();
    }

    /// <summary>Runs until the process is asked to stop.</summary>
    /// <exception cref="Exception">Why it gave up, where it did.</exception>
    public static async Task RunAsync(IHost host, StopSignals signals)
    {
        var services = host.Services;
        services.GetRequiredService<ILogger<FatalError>>().LogInformation("FunctionsApp {Version} starts", AppVersion.Value);
        services.GetRequiredService<UnknownSettings>().Warn(services.GetRequiredService<ILoggerFactory>());
        signals.GracePeriod = services.GetRequiredService<ShutdownOptions>().Timeout;
        services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(signals.BeginGracePeriod);
        var fatalError = services.GetRequiredService<FatalError>();
        try
        {
            await host.RunAsync(signals.Token);
        }
        catch (OperationCanceledException) when (Volatile.Read(ref fatalError.reason) is not null)
        {
            // It gave up while the host was still starting.
        }

        if (Volatile.Read(ref fatalError.reason) is { } exception)
            ExceptionDispatchInfo.Throw(exception);
    }
}
