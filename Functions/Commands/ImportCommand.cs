using FunctionsApp.Core;
using FunctionsApp.Core.Accounts;
using FunctionsApp.Core.Ledger;
using Spectre.Console;

namespace FunctionsApp.Functions.Commands;

/// <summary>
/// Imports files as the endpoints do: one after another in the given order, each of them all or nothing. The first refused file ends the
/// command, since later files may depend on it. Spectre.Console is loaded only for a progress bar on a terminal.
/// </summary>
static class ImportCommand
{
    /// <exception cref="RefusedException">No such user, or what <see cref="Reason"/> says about a file.</exception>
    public static async Task TradesAsync(
        IServiceProvider services,
        string user,
        FileInfo[] files,
        string? fund,
        CancellationToken cancellationToken
    )
    {
        Check(files);
        var id = await services.GetRequiredService<UserService>().FindIdAsync(user, cancellationToken);
        var imports = services.GetRequiredService<ImportService>();
        await ImportAsync(
            files,
            file => imports.ImportAsync(id, file, fund, cancellationToken),
            result =>
            {
                var trades = $"{Count(result.Trades, "trade")}, {result.Added} new, {result.Known} known";
                var deposits = FormattableString.Invariant($", {Count(result.Deposits, "deposit")} added: {result.Deposited} in total");
                return result.Deposits == 0 ? trades : trades + deposits;
            }
        );
    }

    /// <exception cref="RefusedException">What <see cref="Reason"/> says about a file.</exception>
    public static async Task PricesAsync(IServiceProvider services, FileInfo[] files, CancellationToken cancellationToken)
    {
        Check(files);
        var prices = services.GetRequiredService<PriceService>();
        await ImportAsync(
            files,
            file => prices.ImportAsync(Guid.Empty, file, cancellationToken),
            result => $"{Count(result.Prices, "price")}, {result.Changed} new or different, {Count(result.Skipped, "row")} skipped"
        );
    }

    static async Task ImportAsync<T>(FileInfo[] files, Func<Stream, Task<T>> import, Func<T, string> describe)
    {
        foreach (var file in files)
        {
            T result;
            try
            {
                await using var content = file.Open(
                    new FileStreamOptions { Options = FileOptions.SequentialScan | FileOptions.Asynchronous, BufferSize = 0 }
                );
                result = Console.IsOutputRedirected ? await import(content) : await WithBarAsync(file, content, import);
            }
            catch (Exception e) when (Reason(e) is { } reason)
            {
                throw new RefusedException(Refusal.Unprocessable, $"{file}: not imported. {reason}")
                {
                    Errors = e is RefusedException { Refusal: Refusal.Invalid } invalid
                        ? invalid.Errors
                        : new Dictionary<string, string[]>(),
                };
            }

            Console.WriteLine($"{file}: {describe(result)}.");
        }
    }

    // Checks all files before anything is imported.
    static void Check(FileInfo[] files)
    {
        foreach (var file in files)
        {
            if (Directory.Exists(file.FullName))
                throw new RefusedException(Refusal.NotFound, $"{file}: is a folder, not a file.");
            if (!file.Exists)
                throw new RefusedException(Refusal.NotFound, $"{file}: there is no such file.");
        }
    }

    // Database failures are not problems of the file.
    static string? Reason(Exception e) =>
        e switch
        {
            RefusedException { Refusal: Refusal.Invalid } invalid =>
                $"{Count(invalid.Errors.Values.Sum(messages => messages.Length), "problem")}:",
            RefusedException refused => refused.Message,
            UnauthorizedAccessException => "Access is denied.",
            IOException => $"It cannot be read: {e.Message}",
            _ => null,
        };

    // The bar shows the bytes that were read. After the last of them the database works on without measurable progress.
    static Task<T> WithBarAsync<T>(FileInfo file, FileStream content, Func<Stream, Task<T>> import) =>
        AnsiConsole
            .Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn())
            .StartAsync(async context =>
            {
                var length = content.CanSeek ? content.Length : 0;
                var task = context.AddTask(Markup.Escape(file.Name), maxValue: Math.Max(length, 1));
                task.IsIndeterminate = length == 0;
                var result = await import(
                    new WatchedStream(
                        content,
                        read =>
                        {
                            if (read > 0)
                                task.Increment(read);
                            else
                                task.IsIndeterminate = true;
                        }
                    )
                );
                task.StopTask();
                return result;
            });

    static string Count(int count, string what) => FormattableString.Invariant($"{count} {what}{(count == 1 ? "" : "s")}");

    /// <summary>Reads another stream and reports progress.</summary>
    /// <param name="onRead">Receives the number of bytes of each read; 0 at the end.</param>
    sealed class WatchedStream(Stream content, Action<int> onRead) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            Reported(await content.ReadAsync(buffer, cancellationToken));

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => Reported(content.Read(buffer, offset, count));

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        int Reported(int read)
        {
            onRead(read);
            return read;
        }
    }
}
