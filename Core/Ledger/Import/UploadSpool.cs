namespace FunctionsApp.Core.Ledger;

/// <summary>
/// Receives uploads completely before they are processed: no database connection and no lock is held while a client sends. Uploads that do
/// not fit in memory go to a temporary file without a name, which the system deletes even if the process is killed.
/// </summary>
public sealed class UploadSpool(LedgerOptions options)
{
    const int InMemory = 64 * 1024;

    static readonly TimeSpan busyFor = TimeSpan.FromSeconds(5);

    long kept;

    /// <summary>The bytes of all uploads that are stored now.</summary>
    internal long Kept => Interlocked.Read(ref kept);

    /// <summary>Reads a stream to its end. A seekable stream is a file already and is used as it is.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Busy"/>: <see cref="LedgerOptions.SpoolSize"/> is reached, or the disk is
    /// full.</exception>
    public async Task<Upload> ReceiveAsync(Stream content, CancellationToken cancellationToken)
    {
        if (content.CanSeek)
            return new(content, null);
        var reservation = new Reservation(this);
        FileStream? file = null;
        try
        {
            var buffer = new byte[InMemory];
            var length = await content.ReadAtLeastAsync(buffer, InMemory, throwOnEndOfStream: false, cancellationToken);
            reservation.Add(length);
            if (length < InMemory)
                return new(new MemoryStream(buffer, 0, length, writable: false), reservation);

            file = Writing(() => CreateFile(options.EffectiveSpoolFolder));
            for (; length > 0; length = await content.ReadAsync(buffer, cancellationToken))
            {
                if (file.Position > 0)
                    reservation.Add(length);
                await WriteAsync(file, buffer.AsMemory(0, length), cancellationToken);
            }

            file.Position = 0;
            return new(file, reservation);
        }
        catch
        {
            if (file is not null)
                await file.DisposeAsync();
            reservation.Dispose();
            throw;
        }
    }

    /// <summary>A temporary file that only this process can read and that is deleted with its last handle.</summary>
    internal static FileStream CreateFile(string folder)
    {
        var path = Path.Combine(folder, $"functionsapp-upload-{Guid.NewGuid():N}");
        var settings = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.Delete,
            Options = FileOptions.Asynchronous | FileOptions.SequentialScan | FileOptions.DeleteOnClose,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
            settings.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var file = new FileStream(path, settings);
        // A killed process closes nothing.
        if (!OperatingSystem.IsWindows())
            File.Delete(path);
        return file;
    }

    static async Task WriteAsync(FileStream file, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await file.WriteAsync(bytes, cancellationToken);
        }
        catch (IOException e)
        {
            throw NoRoom(e);
        }
    }

    static T Writing<T>(Func<T> write)
    {
        try
        {
            return write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw NoRoom(e);
        }
    }

    static RefusedException NoRoom(Exception? cause = null) =>
        new(Refusal.Busy, "There is no room for more uploads now. Try again shortly.", cause) { RetryAfter = busyFor };

    bool TryTake(int count) => Interlocked.Add(ref kept, count) <= options.SpoolSize;

    /// <summary>The bytes that one upload uses of the spool.</summary>
    internal sealed class Reservation(UploadSpool spool) : IDisposable
    {
        long bytes;

        public void Add(int count)
        {
            bytes += count;
            if (!spool.TryTake(count))
                throw NoRoom();
        }

        public void Dispose() => Interlocked.Add(ref spool.kept, -Interlocked.Exchange(ref bytes, 0));
    }
}
