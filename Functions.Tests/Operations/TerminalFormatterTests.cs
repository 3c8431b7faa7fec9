using System.Diagnostics;
using FunctionsApp.Functions.Hosting;
using FunctionsApp.Functions.Tests.Servers;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace FunctionsApp.Functions.Tests.Operations;

[OwnServer]
public sealed class TerminalFormatterTests
{
    [Fact]
    public void A_record_is_one_line_with_the_trace_id_followed_by_the_exception()
    {
        using var activity = new Activity("request").SetIdFormat(ActivityIdFormat.W3C).Start();
        Exception exception;
        try
        {
            throw new InvalidOperationException("went wrong");
        }
        catch (InvalidOperationException e)
        {
            exception = e;
        }

        var lines = Format("something\nhappened", exception);

        Assert.Matches($@"^\d\d:\d\d:\d\d .*error.* Category: something happened trace_id {activity.TraceId}$", lines[0]);
        Assert.StartsWith("System.InvalidOperationException: went wrong", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("   at ", lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public void A_trace_id_in_the_message_is_not_repeated()
    {
        using var activity = new Activity("request").SetIdFormat(ActivityIdFormat.W3C).Start();

        var line = Format($"GET /x 404, trace_id {activity.TraceId}", null)[0];

        Assert.EndsWith($": GET /x 404, trace_id {activity.TraceId}", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Control_characters_do_not_reach_the_terminal() =>
        Assert.EndsWith(": [31mred]0;title", Format("\e[31mred\e]0;title\a\u009b", null)[0], StringComparison.Ordinal);

    static string[] Format(string message, Exception? exception)
    {
        using var writer = new StringWriter();
        new TerminalFormatter(TimeProvider.System).Write(
            new LogEntry<string>(LogLevel.Error, "A.Category", default, message, exception, (state, _) => state),
            null,
            writer
        );
        return writer.ToString().Split('\n');
    }
}
