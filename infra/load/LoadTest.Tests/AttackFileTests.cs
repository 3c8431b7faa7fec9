using System.Buffers;
using System.Text;
using System.Text.Json;
using FunctionsApp.LoadTest.Targets;

namespace FunctionsApp.LoadTest.Tests;

public sealed class AttackFileTests
{
    const string Base = AttackFile.DefaultUrl;

    static readonly Dictionary<string, string> Values = new() { ["name"] = "a \"b\"&c" };

    [Fact]
    public void Placeholders_are_escaped_for_where_they_are()
    {
        var json = AttackFile
            .Parse("f", $"# comment\nPOST {Base}/x?q={{name}}\nContent-Type: application/json\n@body", _ => """{"q": "{name}"}""")
            .Fill("https://host/v1", Values, "t");
        Assert.Equal("https://host/v1/x?q=a%20%22b%22%26c", json.Url);
        Assert.Equal("""{"q": "a \"b\"&c"}""", Encoding.UTF8.GetString(json.Body!));
        Assert.Equal([("Content-Type", "application/json"), ("Authorization", "Bearer t")], json.Header);

        var form = AttackFile
            .Parse("f", $"POST {Base}/x\nContent-Type: application/x-www-form-urlencoded\n@body", _ => "q={name}")
            .Fill(Base, Values, null);
        Assert.Equal("q=a%20%22b%22%26c", Encoding.UTF8.GetString(form.Body!));
    }

    [Fact]
    public void A_target_is_a_line_of_Vegetas_JSON_format()
    {
        var buffer = new ArrayBufferWriter<byte>();
        new Target("POST", "http://x/", [("A", "b")], [1, 2]).WriteTo(buffer);
        var line = Encoding.UTF8.GetString(buffer.WrittenSpan);
        Assert.EndsWith("}\n", line, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(line);
        Assert.Equal("b", json.RootElement.GetProperty("header").GetProperty("A")[0].GetString());
        Assert.Equal([1, 2], json.RootElement.GetProperty("body").GetBytesFromBase64());
    }

    [Theory]
    [InlineData("")]
    [InlineData("GET http://elsewhere/v1/x")]
    [InlineData($"GET {Base}/x\nnonsense")]
    [InlineData($"GET {Base}/{{unknown}}")]
    public void Other_files_are_refused(string text) =>
        Assert.Throws<LoadTestException>(() => AttackFile.Parse("f", text, _ => "").Fill(Base, Values, null));

    [Fact]
    public void A_mix_is_spread_evenly()
    {
        var parts = Mix.Parse("# comment\n3 a\n1 b\n");
        var kinds = Mix.Sequence(parts).Take(400).ToArray();
        Assert.All(kinds.Chunk(4), chunk => Assert.Single(chunk, "b"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a 3")]
    [InlineData("0 a")]
    public void Other_mixes_are_refused(string text) => Assert.Throws<LoadTestException>(() => Mix.Parse(text));

    [Fact]
    public void The_committed_mix_has_only_kinds_of_work_and_is_in_percent()
    {
        var parts = Mix.Parse(File.ReadAllText(Path.Combine(Repository.Root, "infra", "load", "attacks", "mixed.weights")));
        Assert.All(parts, part => Kind.Of(part.Kind));
        Assert.Equal(100, parts.Sum(part => part.Weight));
    }
}
