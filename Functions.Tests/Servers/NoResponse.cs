using System.Net.Sockets;

namespace FunctionsApp.Functions.Tests.Servers;

/// <summary>What a request throws if it gets no response, or only half of one, because the server or its database was killed.</summary>
static class NoResponse
{
    /// <summary>
    /// Whether the exception means that. HttpClient throws SocketException itself if the server ends before it has accepted the connection.
    /// </summary>
    /// <param name="exception">What the request threw.</param>
    /// <param name="cancellationToken">The caller's: a request that it canceled is none of these.</param>
    public static bool Is(Exception exception, CancellationToken cancellationToken) =>
        exception is HttpRequestException or SocketException or IOException
        || exception is OperationCanceledException && !cancellationToken.IsCancellationRequested;
}
