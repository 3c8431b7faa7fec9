using Npgsql;

namespace FunctionsApp.Core.Database;

/// <summary>The servers in a connection string: <c>Host=one,two:5433</c>.</summary>
/// <param name="Each">Each server with its own connection settings.</param>
/// <param name="ReadStandbys">
/// Whether standbys answer reads: there are several servers, and <c>Target Session Attributes</c> does not exclude standbys.
/// </param>
sealed record DatabaseServers(IReadOnlyList<(string Name, NpgsqlConnectionStringBuilder Settings)> Each, bool ReadStandbys)
{
    public bool IsSeveral => Each.Count > 1;

    public static bool AreSeveral(NpgsqlConnectionStringBuilder settings) => settings.Host?.Contains(',', StringComparison.Ordinal) is true;

    /// <summary>Divides the settings. Removes <c>Target Session Attributes</c> from them: each pool has its own.</summary>
    /// <exception cref="ArgumentException">The attributes exclude the primary, or a host is invalid.</exception>
    public static DatabaseServers Of(NpgsqlConnectionStringBuilder settings)
    {
        var wanted = settings.TargetSessionAttributes?.Replace("-", "", StringComparison.Ordinal).ToLowerInvariant();
        settings.TargetSessionAttributes = null;
        if (!AreSeveral(settings))
        {
            RequireAddress(settings.Host ?? "");
            return new([("", settings)], ReadStandbys: false);
        }

        if (wanted is "standby" or "readonly")
            throw new ArgumentException("Target Session Attributes must not exclude the primary, which all writes need.");
        return new(
            [
                .. settings
                    .Host!.Split(',', StringSplitOptions.TrimEntries)
                    .Select(host =>
                    {
                        var (name, port) = Split(host, settings.Port);
                        return (
                            $"{name}:{port}",
                            new NpgsqlConnectionStringBuilder(settings.ConnectionString) { Host = name, Port = port }
                        );
                    }),
            ],
            ReadStandbys: wanted is not ("primary" or "readwrite") && settings.Pooling
        );
    }

    // A port follows the only colon, or the bracket of an IPv6 address.
    static (string Host, int Port) Split(string host, int port)
    {
        RequireAddress(host);
        var colon = host.LastIndexOf(':');
        if (colon < 0 || host[0] != '[' && host.IndexOf(':', StringComparison.Ordinal) != colon || host[^1] == ']')
            return (Checked(host), port);
        return
            int.TryParse(host.AsSpan(colon + 1), System.Globalization.CultureInfo.InvariantCulture, out var own) && own is > 0 and < 65536
            ? (Checked(host[..colon]), own)
            : throw new ArgumentException("The port of a host must be a number from 1 to 65535.");
    }

    // Not part of the message, nor of a log later: what was written instead may be a password. A path names a socket.
    static void RequireAddress(string host)
    {
        if (host.StartsWith('/') || host.StartsWith('@'))
            return;
        if (host.Contains('@', StringComparison.Ordinal))
            throw new ArgumentException("A host must not contain a user or password: they are the settings Username and Password.");
        if (host.Contains('/', StringComparison.Ordinal))
            throw new ArgumentException("A host must be an address, not a URL.");
    }

    static string Checked(string host) => host.Length > 0 ? host : throw new ArgumentException("A host is empty.");
}
