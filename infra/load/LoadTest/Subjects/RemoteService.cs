using FunctionsApp.LoadTest.Service;
using FunctionsApp.LoadTest.Targets;

namespace FunctionsApp.LoadTest.Subjects;

/// <summary>A service that already runs. What it uses cannot be read.</summary>
sealed class RemoteService(ApiClient api, Administrator administrator, int users) : ISubject
{
    public string Url => api.Url;

    public IReadOnlyList<string> Notes { get; } =
    ["The service was already running, so its processor time, its memory and its database are not in the report."];

    public Preparation NewPreparation() => new(api, api.Url, administrator, users, Repository.Root);

    public Task RestartAsync(CancellationToken cancellationToken) => api.CheckServiceAsync(cancellationToken);

    public async Task<string?> RecoverAsync(CancellationToken cancellationToken)
    {
        await api.AwaitReadyAsync(cancellationToken);
        return null;
    }

    public Task<Usage> ReadUsageAsync(CancellationToken cancellationToken) => Task.FromResult(Usage.Unknown);

    public ValueTask DisposeAsync()
    {
        api.Dispose();
        return ValueTask.CompletedTask;
    }
}
