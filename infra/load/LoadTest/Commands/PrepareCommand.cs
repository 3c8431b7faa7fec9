using System.Buffers;
using System.CommandLine;
using System.Threading.Channels;
using FunctionsApp.LoadTest.Service;
using FunctionsApp.LoadTest.Targets;
using Microsoft.Win32.SafeHandles;
using NumberOption = FunctionsApp.Benchmark.NumberOption;

namespace FunctionsApp.LoadTest.Commands;

/// <summary>Writes targets in Vegeta's JSON format to standard output.</summary>
static class PrepareCommand
{
    // Small, because a token in it gets older.
    const int ReadAhead = 512;

    const int StandardOutput = 1,
        // The number of the error EPIPE on Linux and macOS; Windows reports none.
        BrokenPipe = 32;

    public static Command Create()
    {
        var kinds = Kind.All.Select(one => one.Name).ToArray();
        var kind = new Argument<string>("kind") { Description = "What to prepare: " + string.Join(", ", kinds) + "." };
        kind.AcceptOnlyFromAmong(kinds);
        var target = new TargetOptions($"The base URL of the service. Default: {AttackFile.DefaultUrl}.");
        var count = NumberOption.Create<int>(
            "--count",
            "N",
            null,
            1,
            "Prepare everything for this many targets first, then write them and end. Default: write targets until the reader ends, "
                + "and prepare meanwhile; for rates of at least one target per second."
        );
        var command = new Command(
            "prepare",
            "Creates what an attack needs (users, runs, tickets, parking lots) and writes its targets for: vegeta attack -format=json -lazy"
        )
        {
            kind,
            count,
        };
        target.AddTo(command);
        command.SetAction(
            async (arguments, cancellationToken) =>
            {
                using var api = new ApiClient(target.Url(arguments) ?? AttackFile.DefaultUrl);
                await api.CheckServiceAsync(cancellationToken);
                var preparation = new Preparation(
                    api,
                    api.Url,
                    target.Administrator(arguments, api),
                    target.Users(arguments),
                    Repository.Root
                );
                await WriteAsync(preparation, arguments.GetValue(kind)!, arguments.GetValue(count), cancellationToken);
                return ExitCodes.Ok;
            }
        );
        return command;
    }

    static async Task WriteAsync(Preparation preparation, string kind, int? count, CancellationToken cancellationToken)
    {
        if (count is { } wanted)
            await preparation.EnsureAsync(kind, wanted, cancellationToken);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var ahead = Channel.CreateBounded<Target>(
            new BoundedChannelOptions(count ?? ReadAhead) { SingleReader = true, SingleWriter = true }
        );
        var preparing = PrepareAsync();
        try
        {
            // Not the console's stream, which ignores that its reader has ended.
            using var standardOutput = new SafeFileHandle(StandardOutput, ownsHandle: false);
            await using var output = new FileStream(standardOutput, FileAccess.Write, bufferSize: 0);
            var buffer = new ArrayBufferWriter<byte>();
            if (count is not null)
                await preparing;
            await foreach (var target in ahead.Reader.ReadAllAsync(stop.Token))
            {
                target.WriteTo(buffer);
                await output.WriteAsync(buffer.WrittenMemory, stop.Token);
                buffer.ResetWrittenCount();
            }
        }
        catch (IOException e) when (e.HResult == BrokenPipe)
        {
            // The reader has ended, as Vegeta does after its duration.
        }

        await stop.CancelAsync();
        await ((Task)preparing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();

        async Task PrepareAsync()
        {
            try
            {
                for (var i = 0; count is null || i < count; i++)
                    await ahead.Writer.WriteAsync(await preparation.NextAsync(kind, stop.Token), stop.Token);
                ahead.Writer.Complete();
            }
            catch (Exception e)
            {
                // The reader of the channel throws it.
                ahead.Writer.Complete(e);
            }
        }
    }
}
