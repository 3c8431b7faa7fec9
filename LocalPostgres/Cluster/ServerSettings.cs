using System.Text;
using System.Text.RegularExpressions;

namespace FunctionsApp.LocalPostgres;

/// <summary>The settings file that postgresql.conf includes; rewritten on every start.</summary>
internal static partial class ServerSettings
{
    public const string FileName = "functionsapp.conf";

    static readonly Dictionary<string, string> defaults = new()
    {
        ["max_connections"] = "200",
        ["ssl"] = "off",
        ["logging_collector"] = "off",
        ["log_destination"] = "stderr",
        ["log_checkpoints"] = "off",
        ["timezone"] = "UTC",
        ["log_timezone"] = "UTC",
    };

    static readonly Dictionary<string, string> nonDurable = new()
    {
        ["fsync"] = "off",
        ["full_page_writes"] = "off",
        ["synchronous_commit"] = "off",
    };

    /// <exception cref="ArgumentException">A name or a value is not allowed in postgresql.conf.</exception>
    public static string Text(LocalPostgresOptions options, int port)
    {
        // If a setting occurs twice, Postgres uses the last one.
        Dictionary<string, string> required = new()
        {
            ["port"] = $"{port}",
            ["listen_addresses"] = "127.0.0.1",
            ["unix_socket_directories"] = "",
        };
        var text = new StringBuilder("# Rewritten on every start; changes are lost.\n");
        foreach (var (name, value) in defaults.Concat(options.Durable ? [] : nonDurable).Concat(options.Settings).Concat(required))
        {
            if (!Name().IsMatch(name) || value.Contains('\n', StringComparison.Ordinal))
                throw new ArgumentException($"'{name}' = '{value}' is not a setting of postgresql.conf.", nameof(options));
            var quoted = value.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal);
            text.Append(name).Append(" = '").Append(quoted).Append("'\n");
        }

        return text.ToString();
    }

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_.]*$", RegexOptions.NonBacktracking)]
    private static partial Regex Name();
}
