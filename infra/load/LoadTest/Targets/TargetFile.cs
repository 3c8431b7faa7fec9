using System.Buffers;

namespace FunctionsApp.LoadTest.Targets;

/// <summary>Writes files of targets in Vegeta's JSON format.</summary>
static class TargetFile
{
    /// <summary>Prepares targets and writes them.</summary>
    /// <exception cref="LoadTestException">The service refused something that a target needs.</exception>
    public static async Task WriteAsync(string file, string kind, int count, Preparation preparation, CancellationToken cancellationToken)
    {
        await preparation.EnsureAsync(kind, count, cancellationToken);
        await using var stream = File.Create(file);
        var buffer = new ArrayBufferWriter<byte>();
        for (var i = 0; i < count; i++)
        {
            (await preparation.NextAsync(kind, cancellationToken)).WriteTo(buffer);
            await stream.WriteAsync(buffer.WrittenMemory, cancellationToken);
            buffer.ResetWrittenCount();
        }
    }
}
