using FunctionsApp.LoadTest.Service;
using FunctionsApp.LoadTest.Targets;

namespace FunctionsApp.LoadTest.Subjects;

/// <summary>A service that already runs.</summary>
/// <param name="pods">Its pods, if they are on this machine; null if what it uses cannot be read.</param>
sealed class RemoteService(ApiClient api, Administrator administrator, int users, LocalPods? pods) : ISubject
{
    public string Url => api.Url;

    public IReadOnlyList<string> Notes { get; } =
    [
        pods is null
            ? "The service was already running, so its processor time, its memory and its database are not in the report."
            : "Processor time and memory are those of the containers' control groups, the sum of all pods.",
    ];

    public Preparation NewPreparation() => new(api, api.Url, administrator, users, Repository.Root);

    public Task RestartAsync(CancellationToken cancellationToken) => api.CheckServiceAsync(cancellationToken);

    public async Task<string?> RecoverAsync(CancellationToken cancellationToken)
    {
        await api.AwaitReadyAsync(cancellationToken);
        return null;
    }

    public Task<Usage> ReadUsageAsync(CancellationToken cancellationToken) =>
        pods?.ReadUsageAsync(cancellationToken) ?? Task.FromResult(Usage.Unknown);

    public async ValueTask DisposeAsync()
    {
        api.Dispose();
        if (pods is not null)
            await pods.DisposeAsync();
    }
}
