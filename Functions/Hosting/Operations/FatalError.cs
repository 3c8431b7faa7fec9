using System.Runtime.ExceptionServices;
using FunctionsApp.Core;

namespace FunctionsApp.Functions.Hosting;

/// <summary>Stops a process that cannot do its work because of, for example, an invalid setting or a failed migration.</summary>
sealed class FatalError(IHostApplicationLifetime lifetime)
{
    Exception? reason;

    /// <summary>Stops the process with an error; the first one is reported.</summary>
    public void StopApplication(Exception exception)
    {
        Interlocked.CompareExchange(ref reason, exception, null);
        lifetime.StopApplication();
    }

    /// <summary>Runs the host until the process is stopped.</summary>
    /// <exception cref="Exception">The fatal error, if there was one.</exception>
    public static async Task RunAsync(IHost host, StopSignals signals)
    {
        var services = host.Services;
        services.GetRequiredService<ILogger<FatalError>>().LogInformation("FunctionsApp {Version} is starting", AppVersion.Value);
        services.GetRequiredService<UnknownSettings>().Warn(services.GetRequiredService<ILoggerFactory>());
        signals.GracePeriod = services.GetRequiredService<ShutdownOptions>().Timeout;
        services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(signals.StartGracePeriod);
        var fatalError = services.GetRequiredService<FatalError>();
        try
        {
            await host.RunAsync(signals.Token);
        }
        catch (OperationCanceledException) when (Volatile.Read(ref fatalError.reason) is not null)
        {
            // The fatal error occurred while the host was starting.
        }

        if (Volatile.Read(ref fatalError.reason) is { } exception)
            ExceptionDispatchInfo.Throw(exception);
    }
}
