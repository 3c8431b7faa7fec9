using FunctionsApp.LoadTest.Reports;

namespace FunctionsApp.LoadTest.Tests;

public sealed class RunRecordTests
{
    [Fact]
    public void A_run_is_resumed_at_a_new_url()
    {
        var record = RecordAt("http://10.96.1.1/v1");

        Assert.Equal("http://10.96.2.2/v1", record.At("http://10.96.2.2/v1").Plan.Url);
        Assert.Equal("http://10.96.1.1/v1", record.At(null).Plan.Url);
    }

    [Fact]
    public void A_run_of_its_own_server_is_not_resumed_at_a_url()
    {
        var record = RecordAt(null);

        Assert.Null(record.At(null).Plan.Url);
        Assert.Throws<LoadTestException>(() => record.At("http://10.96.2.2/v1"));
    }

    static RunRecord RecordAt(string? url) =>
        new() { StartedAt = DateTimeOffset.UnixEpoch, Plan = new(["me"], url, "1", "256Mi", 100, 2000, 10, 10, 0.1, 1000, 16) };
}
