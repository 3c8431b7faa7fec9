using FunctionsApp.Core.Background;
using FunctionsApp.Core.Database;
using FunctionsApp.Functions.Hosting;
using FunctionsApp.Functions.Tests.Servers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace FunctionsApp.Functions.Tests.Operations;

/// <summary>What a process that migrates does with the database before its server listens.</summary>
public sealed class EarlyStartTests(TestServers servers)
{
    [Fact]
    public async Task On_a_migrated_database_the_work_starts_before_the_host()
    {
        var work = new RecordingWork(await servers.CreateEmptyDatabaseAsync());
        await using var services = Build(work);
        await services.GetRequiredService<Migrations>().MigrateAsync(TestContext.Current.CancellationToken);

        services.GetRequiredService<Background>().StartEarly();

        await work.Started.Task.WaitAsync(TestContext.Current.CancellationToken);
        Assert.True(services.GetRequiredService<Readiness>().IsMigrated);
        // The host does not start it again.
        await RunUntilReadyAsync(services);
        Assert.Equal(1, work.Starts);
    }

    [Fact]
    public async Task On_an_empty_database_the_work_starts_after_the_migrations()
    {
        var work = new RecordingWork(await servers.CreateEmptyDatabaseAsync());
        await using var services = Build(work);

        services.GetRequiredService<Background>().StartEarly();
        await RunUntilReadyAsync(services);

        Assert.Equal((1, true), (work.Starts, work.SchemaExisted));
    }

    static async Task RunUntilReadyAsync(ServiceProvider services)
    {
        var (background, readiness) = (services.GetRequiredService<Background>(), services.GetRequiredService<Readiness>());
        await background.StartAsync(TestContext.Current.CancellationToken);
        await Core.Tests.Waiting.UntilAsync(
            "the process is ready",
            async () => await readiness.GetUnreadyReasonAsync(TestContext.Current.CancellationToken) is null
        );
        await background.StopAsync(TestContext.Current.CancellationToken);
    }

    static ServiceProvider Build(RecordingWork work)
    {
        var recording = new Core.Module("Recording", (services, _) => services.AddSingleton<IBackgroundWork>(work));
        var database = new AppDatabase { ConnectionString = work.ConnectionString, MigrateOnStart = true };
        return AppBuilder.Create(database, recording).Services.BuildServiceProvider();
    }

    /// <summary>Records whether the schema existed when it was started.</summary>
    sealed class RecordingWork(string connectionString) : IBackgroundWork
    {
        public int Starts;

        public string ConnectionString => connectionString;

        public bool SchemaExisted { get; private set; }

        public TaskCompletionSource Started { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TimeSpan Interval => TimeSpan.FromHours(1);

        public async Task StartAsync(CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref Starts);
            await using var connection = new NpgsqlConnection(connectionString);
            await connection.OpenAsync(cancellationToken);
            await using var command = new NpgsqlCommand("select to_regclass('users') is not null", connection);
            SchemaExisted = (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
            Started.TrySetResult();
        }

        public Task RunOnceAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
