using System.Reflection;
using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Faults;

[OwnServer]
public sealed class FaultMatrixTests
{
    [Fact]
    public async Task The_documented_fault_matrix_matches_the_tests()
    {
        const string Heading = "| fault | while it lasts | after it | test |";
        var rows =
            from type in typeof(FaultMatrixTests).Assembly.GetTypes()
            from method in type.GetMethods()
            let fault = method.GetCustomAttribute<FaultAttribute>()
            where fault is not null
            let row = $"| {fault.Fault} | {fault.During} | {fault.After} | `{type.Name}` |"
            orderby row
            select row;
        var expected = rows.ToList();
        Assert.NotEmpty(expected);

        var document = await File.ReadAllLinesAsync(
            Path.Combine(Repository.Root, "docs", "reliability.md"),
            TestContext.Current.CancellationToken
        );
        var start = Array.IndexOf(document, Heading) + 2;
        var documented = document.Skip(start).TakeWhile(line => line.StartsWith('|')).Order();

        Assert.True(
            expected.SequenceEqual(documented),
            $"Replace the rows of the fault matrix in docs/reliability.md by these:\n{string.Join('\n', expected)}"
        );
    }
}
