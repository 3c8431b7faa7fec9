using System.CommandLine;
using System.Globalization;
using FunctionsApp.Core;
using FunctionsApp.Core.Database;
using FunctionsApp.Functions.Hosting;
using Spectre.Console;

namespace FunctionsApp.Functions.Commands;

/// <summary>Commands with which an operator looks at the nodes of a Citus cluster and changes them.</summary>
static class ShardsCommand
{
    static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary><c>shards status | add-node | rebalance | drain-node</c>.</summary>
    public static Command Create(AppModules modules)
    {
        var host = new Argument<string>("HOST") { Description = "The host name of the node, as the other nodes reach it." };
        var port = new Argument<int>("PORT") { Description = "Its port." };
        var stop = new Option<bool>("--stop") { Description = "Stop the rebalance that is running. What was moved stays moved." };
        return new Command("shards", "Manage the nodes of a Citus cluster.")
        {
            new Command("status", "Show the nodes, the sizes of their shards, and the largest keys.").Does(
                modules,
                (services, _, cancellationToken) => StatusAsync(Store(services), cancellationToken)
            ),
            new Command("add-node", "Add a node. 'shards rebalance' moves shards to it.") { host, port }.Does(
                modules,
                (services, result, cancellationToken) =>
                    AddNodeAsync(Store(services), result.GetRequiredValue(host), result.GetRequiredValue(port), cancellationToken)
            ),
            new Command(
                "rebalance",
                "Rebalance the shards across all nodes and show the progress. Interrupting the command stops only the display; run it "
                    + "again to resume it."
            )
            {
                stop,
            }.Does(
                modules,
                (services, result, cancellationToken) =>
                    result.GetValue(stop)
                        ? StopAsync(Store(services), cancellationToken)
                        : RebalanceAsync(Store(services), drainOnly: false, cancellationToken)
            ),
            new Command("drain-node", "Move all shards from a node to the others, so that it can be removed.") { host, port }.Does(
                modules,
                (services, result, cancellationToken) =>
                    DrainNodeAsync(Store(services), result.GetRequiredValue(host), result.GetRequiredValue(port), cancellationToken)
            ),
        };
    }

    static ShardStore Store(IServiceProvider services) => services.GetRequiredService<ShardStore>();

    static async Task StatusAsync(ShardStore store, CancellationToken cancellationToken)
    {
        var nodes = await store.ReadNodesAsync(cancellationToken);
        foreach (var node in nodes)
        {
            var state = node.State is { } text ? $", {text}" : "";
            Console.WriteLine($"{node.Host}:{node.Port}: {ShardNode.Count(node.Shards)}, {Size(node.Bytes)}{state}");
        }

        foreach (var group in await store.ReadGroupsAsync(cancellationToken))
        {
            Console.WriteLine(
                $"{group.Table}: {group.Tables} tables, {group.Shards} shards, {Size(group.Bytes)}, "
                    + FormattableString.Invariant($"largest shard {group.Skew:0.00} times the mean")
            );
            foreach (var key in await store.ReadLargestKeysAsync(group, cancellationToken))
                Console.WriteLine(FormattableString.Invariant($"  {key.Key}: {key.Rows} rows of {group.LargestTable}"));
        }
    }

    static async Task AddNodeAsync(ShardStore store, string host, int port, CancellationToken cancellationToken)
    {
        await store.AddNodeAsync(host, port, cancellationToken);
        await store.SetHoldsShardsAsync(host, port, holdsShards: true, cancellationToken);
        Console.WriteLine($"{host}:{port} is a node. Run 'shards rebalance' to move shards to it.");
    }

    static async Task DrainNodeAsync(ShardStore store, string host, int port, CancellationToken cancellationToken)
    {
        if (await FindRunningAsync(store, cancellationToken))
        {
            // It was planned while the node could have shards, and leaves them there.
            var earlier = await ShowAsync(store, $"{host}:{port} is not drained yet: run this command again.", cancellationToken);
            Console.WriteLine($"The rebalance is {earlier.State}: {Moved(earlier)}. Draining {host}:{port}.");
        }

        await store.SetHoldsShardsAsync(host, port, holdsShards: false, cancellationToken);
        await RebalanceAsync(store, drainOnly: true, cancellationToken);
        var nodes = await store.ReadNodesAsync(cancellationToken);
        if (nodes.FirstOrDefault(node => node.Host == host && node.Port == port) is { Shards: > 0 and var left })
        {
            throw new ConfigurationException(
                $"{host}:{port} still has {ShardNode.Count(left)}. Run 'shards drain-node {host} {port}' again. If that moves nothing, add "
                    + "a node to which they can be moved: 'shards add-node'."
            );
        }

        Console.WriteLine($"{host}:{port} has no shards. It can be removed, or used again after 'shards add-node'.");
    }

    static async Task StopAsync(ShardStore store, CancellationToken cancellationToken)
    {
        if (await store.ReadProgressAsync(cancellationToken) is not { Ended: false } progress)
        {
            Console.WriteLine("No rebalance is running.");
            return;
        }

        await store.StopRebalanceAsync(cancellationToken);
        Console.WriteLine($"Stopped after {Moved(progress)}. Run 'shards rebalance' to move the rest.");
    }

    static async Task RebalanceAsync(ShardStore store, bool drainOnly, CancellationToken cancellationToken)
    {
        if (!await FindRunningAsync(store, cancellationToken) && !await store.StartRebalanceAsync(drainOnly, cancellationToken))
        {
            Console.WriteLine("There is nothing to move.");
            return;
        }

        var end = await ShowAsync(
            store,
            "'shards rebalance' shows its progress again, and 'shards rebalance --stop' stops it.",
            cancellationToken
        );
        if (!end.Succeeded)
        {
            throw new ConfigurationException(
                $"The rebalance is {end.State} after {Moved(end)}.{(end.Error is { } error ? $" {error.Trim()}" : "")} "
                    + "Run it again to move the rest."
            );
        }

        Console.WriteLine($"Done: {Moved(end)}.");
    }

    static async Task<bool> FindRunningAsync(ShardStore store, CancellationToken cancellationToken)
    {
        if (await store.ReadProgressAsync(cancellationToken) is not { Ended: false } running)
            return false;
        Console.WriteLine($"Rebalance {running.Job} is running.");
        return true;
    }

    // Shows the progress until the end.
    static async Task<ShardProgress> ShowAsync(ShardStore store, string ifInterrupted, CancellationToken cancellationToken)
    {
        try
        {
            return Console.IsOutputRedirected
                ? await FollowAsync(
                    store,
                    progress => Console.WriteLine($"{Moved(progress)}, {progress.State}{Failure(progress)}"),
                    cancellationToken
                )
                : await WithBarAsync(store, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw new ConfigurationException($"The rebalance continues without this command. {ifInterrupted}");
        }
    }

    // Reports each change until the end.
    static async Task<ShardProgress> FollowAsync(ShardStore store, Action<ShardProgress> report, CancellationToken cancellationToken)
    {
        ShardProgress? last = null;
        using var timer = new PeriodicTimer(Interval);
        while (true)
        {
            var progress =
                await store.ReadProgressAsync(cancellationToken)
                ?? throw new ConfigurationException("Citus no longer reports a rebalance.");
            if (progress != last)
                report(last = progress);
            if (progress.Ended)
                return progress;
            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }

    static Task<ShardProgress> WithBarAsync(ShardStore store, CancellationToken cancellationToken) =>
        AnsiConsole
            .Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn())
            .StartAsync(context =>
            {
                var task = context.AddTask("moving shards");
                task.IsIndeterminate = true;
                var failure = "";
                return FollowAsync(
                    store,
                    progress =>
                    {
                        if (Failure(progress) is var now && now != failure && (failure = now).Length > 0)
                            AnsiConsole.WriteLine($"{Moved(progress)}{now}");
                        (task.MaxValue, task.Value) = (Math.Max(1, progress.Total), progress.Done);
                        task.IsIndeterminate = progress.Total == 0;
                    },
                    cancellationToken
                );
            });

    // Citus tries a task that failed again, some 30 times, usually after a minute. Its message names processes from the second line on.
    static string Failure(ShardProgress progress) =>
        progress is { Ended: false, Error: { } error } ? $"; a move failed and is tried again: {error.Trim().Split('\n')[0]}" : "";

    static string Moved(ShardProgress progress) => $"{progress.Done} of {progress.Total} shard groups moved";

    static string Size(long bytes) =>
        bytes < 10_000_000
            ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:0} kB")
            : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0} MB");
}
