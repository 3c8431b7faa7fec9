using FunctionsApp.LoadTest.Subjects;

namespace FunctionsApp.LoadTest.Tests;

public sealed class LimitsTests
{
    [Theory]
    [InlineData("250m", "128Mi", 0.25, 134_217_728)]
    [InlineData("1", "1Gi", 1, 1_073_741_824)]
    [InlineData("0.5", "200M", 0.5, 200_000_000)]
    public void Quantities_of_Kubernetes_are_read(string processors, string memory, double expected, long bytes) =>
        Assert.Equal(new(expected, bytes), Limits.Parse(processors, memory));

    [Theory]
    [InlineData("", "128Mi")]
    [InlineData("-1", "128Mi")]
    [InlineData("0", "128Mi")]
    [InlineData("1e3", "128Mi")]
    [InlineData("1", "128MB")]
    [InlineData("1", "1Mi")]
    [InlineData("1", "")]
    public void Other_texts_are_refused(string processors, string memory) =>
        Assert.Throws<LoadTestException>(() => Limits.Parse(processors, memory));

    [Fact]
    public void Groups_of_version_1_are_below_the_group_of_the_process()
    {
        var group = ControlGroup.Locate(
            [
                "cgroup /cg/cpu,cpuacct cgroup rw,cpu,cpuacct 0 0",
                "cgroup /cg/memory cgroup rw,memory 0 0",
                "cgroup2 /cg/unified cgroup2 rw 0 0",
            ],
            ["2:cpu,cpuacct:/", "1:memory:/own", "0::/"],
            "test"
        );
        Assert.Equal(["/cg/cpu,cpuacct/test", "/cg/memory/own/test"], group?.Folders);
    }

    [Fact]
    public void Groups_of_version_2_are_below_the_root() =>
        Assert.Equal(
            ["/sys/fs/cgroup/test"],
            ControlGroup.Locate(["cgroup2 /sys/fs/cgroup cgroup2 rw 0 0"], ["0::/user.slice/own"], "test")?.Folders
        );

    [Fact]
    public void Without_controllers_there_is_no_group() => Assert.Null(ControlGroup.Locate(["proc /proc proc rw 0 0"], ["0::/"], "test"));
}
