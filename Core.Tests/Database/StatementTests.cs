using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace FunctionsApp.Core.Tests.Database;

/// <summary>The text of all SQL statements in the core.</summary>
public sealed partial class StatementTests
{
    [Fact]
    public void No_statement_selects_all_columns()
    {
        // After a column is added, a prepared statement with * fails until it is prepared again.
        var found =
            from file in Directory.EnumerateFiles(Core(), "*.cs", SearchOption.AllDirectories)
            where !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)
            from Match literal in Literal().Matches(File.ReadAllText(file))
            where Sql().IsMatch(literal.Value) && Star().IsMatch(literal.Value)
            select $"{Path.GetFileName(file)}: {literal.Value}";

        Assert.Empty(found);
    }

    [Theory]
    [InlineData("select * from t", true)]
    [InlineData("insert into t values (1) returning *", true)]
    [InlineData("select t.*, 1 from t", true)]
    [InlineData("select $1, * from unnest($2)", true)]
    [InlineData("select\n    *\nfrom t", true)]
    [InlineData("select count(*) from t", false)]
    [InlineData("select a * b, 2 * $1 from t", false)]
    public void The_pattern_distinguishes_all_columns_from_multiplication(string statement, bool selectsAll) =>
        Assert.Equal(selectsAll, Star().IsMatch(statement));

    static string Core([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "Core"));

    [GeneratedRegex("\"\"\".*?\"\"\"|\"(?:[^\"\\\\\r\n]|\\\\.)*\"", RegexOptions.Singleline)]
    private static partial Regex Literal();

    [GeneratedRegex(@"\b(select|insert into|update|delete from|returning)\b")]
    private static partial Regex Sql();

    [GeneratedRegex(@"(\bselect|\breturning|\bdistinct|,)\s+\*|\w\.\*")]
    private static partial Regex Star();
}
