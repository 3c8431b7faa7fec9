using FunctionsApp.Core.Database;

namespace FunctionsApp.Core.Tests.Database;

public sealed class PlanCachingTests
{
    [Theory]
    [InlineData("Citus 13.1.1 on x86_64-pc-linux-gnu", false)]
    [InlineData("Citus 13.2.0 on x86_64-pc-linux-gnu", false)]
    [InlineData("Citus 13.2.1 on x86_64-pc-linux-gnu, compiled by gcc", true)]
    [InlineData("Citus 14.0.0 on x86_64-pc-linux-gnu", true)]
    [InlineData("Citus 14.1devel on x86_64-pc-linux-gnu", true)]
    [InlineData("Citus of an unknown form", true)]
    public void Citus_versions_that_may_keep_plans_are_recognized(string version, bool expected) =>
        Assert.Equal(expected, PlanCaching.MayKeepPlans(version));
}
