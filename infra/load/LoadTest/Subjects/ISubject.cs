using FunctionsApp.LoadTest.Service;
using FunctionsApp.LoadTest.Targets;

namespace FunctionsApp.LoadTest.Subjects;

/// <summary>
/// What is measured: a server that this program starts, or a service that already runs somewhere. Another kind of subject, such as pods
/// of a cluster, is another implementation.
/// </summary>
interface ISubject : IAsyncDisposable
{
    /// <summary>The base URL of the attacks.</summary>
    string Url { get; }

    /// <summary>How the subject was limited, and other facts that the report must state.</summary>
    IReadOnlyList<string> Notes { get; }

    /// <summary>Prepares attacks, if possible without any work for the measured server.</summary>
    Preparation NewPreparation();

    /// <summary>Starts a new server if the subject can, so that kinds of work do not affect each other.</summary>
    /// <exception cref="LoadTestException">It does not start.</exception>
    Task RestartAsync(CancellationToken cancellationToken);

    /// <summary>Waits until the server responds again after an attack, and starts it again if it has ended.</summary>
    /// <returns>What happened to the server, or null.</returns>
    Task<string?> RecoverAsync(CancellationToken cancellationToken);

    /// <summary>What the server and the database have used so far.</summary>
    Task<Usage> ReadUsageAsync(CancellationToken cancellationToken);
}
