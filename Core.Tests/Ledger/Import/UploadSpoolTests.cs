using System.IO.Pipelines;
using FunctionsApp.Core.Ledger;

namespace FunctionsApp.Core.Tests.Ledger;

public sealed class UploadSpoolTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(64 * 1024 - 1)]
    [InlineData(64 * 1024)]
    [InlineData(64 * 1024 + 1)]
    [InlineData(1_000_000)]
    public async Task An_upload_is_kept_unchanged_and_deleted_afterwards(int size)
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var spool = new UploadSpool(new() { SpoolFolder = folder.FullName });
            var sent = new byte[size];
            new Random(size).NextBytes(sent);
            var upload = await spool.ReceiveAsync(PipeReader.Create(new MemoryStream(sent)).AsStream(), Cancel);

            // More than once.
            Assert.Equal(sent, await BytesOfAsync(upload));
            Assert.Equal(sent, await BytesOfAsync(upload));
            Assert.Equal(size, spool.Kept);
            // A killed process leaves nothing.
            if (!OperatingSystem.IsWindows())
                Assert.Empty(folder.GetFiles());
            await upload.DisposeAsync();
            Assert.Equal(0, spool.Kept);
            Assert.Empty(folder.GetFiles());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Uploads_beyond_the_spool_size_are_refused_and_free_their_space()
    {
        var spool = new UploadSpool(new() { SpoolSize = 1_500_000 });
        await using var first = await spool.ReceiveAsync(Upload(1_000_000), Cancel);

        Assert.Equal(
            Refusal.Busy,
            (await Assert.ThrowsAsync<RefusedException>(() => spool.ReceiveAsync(Upload(1_000_000), Cancel))).Refusal
        );
        Assert.Equal(1_000_000, spool.Kept);
        await using var small = await spool.ReceiveAsync(Upload(400_000), Cancel);
        Assert.Equal(1_400_000, spool.Kept);
    }

    [Fact]
    public async Task A_client_that_disconnects_leaves_nothing_behind()
    {
        var spool = new UploadSpool(new());
        var body = new Pipe();
        var receiving = spool.ReceiveAsync(body.Reader.AsStream(), Cancel);
        await body.Writer.WriteAsync(new byte[200_000], Cancel);
        await body.Writer.CompleteAsync(new IOException("The client hung up."));

        await Assert.ThrowsAsync<IOException>(() => receiving);
        Assert.Equal(0, spool.Kept);
    }

    [Fact]
    public void A_spool_folder_that_does_not_exist_fails_at_start() =>
        Assert.Contains(
            "Ledger__SpoolFolder",
            Assert.Throws<ConfigurationException>(() => new LedgerOptions { SpoolFolder = "/nonexistent/spool" }.Check()).Message,
            StringComparison.Ordinal
        );

    static Stream Upload(int size) => PipeReader.Create(new MemoryStream(new byte[size])).AsStream();

    static async Task<byte[]> BytesOfAsync(Upload upload)
    {
        var bytes = new MemoryStream();
        await upload.Rewind().CopyToAsync(bytes, Cancel);
        return bytes.ToArray();
    }
}
