using Microsoft.IdentityModel.Tokens;

namespace FunctionsApp.Core.Tests;

public sealed class RecentlyUsedTests
{
    const int Capacity = 8;

    readonly RecentlyUsed<string, TokenValidationResult> tokens = new(Capacity);

    [Fact]
    public void Only_added_values_are_found()
    {
        var result = new TokenValidationResult();
        tokens.Add("a", result);

        Assert.Same(result, tokens.Find("a"));
        Assert.Null(tokens.Find("A"));
        Assert.Null(tokens.Find(""));
    }

    [Fact]
    public void Cache_never_holds_more_than_two_generations()
    {
        for (var i = 0; i < 100 * Capacity; i++)
            tokens.Add($"{i}", new());

        Assert.InRange(Enumerable.Range(0, 100 * Capacity).Reverse().Count(i => tokens.Find($"{i}") is not null), Capacity, 2 * Capacity);
        Assert.Null(tokens.Find("0"));
    }

    [Fact]
    public void Used_values_are_kept()
    {
        tokens.Add("kept", new());
        for (var i = 0; i < 100 * Capacity; i++)
        {
            tokens.Add($"{i}", new());
            Assert.NotNull(tokens.Find("kept"));
        }
    }

    [Fact]
    public void Adding_an_existing_key_drops_nothing()
    {
        tokens.Add("other", new());
        for (var i = 0; i < 100 * Capacity; i++)
            tokens.Add("same", new());

        Assert.NotNull(tokens.Find("other"));
    }

    [Fact]
    public async Task Cache_stays_bounded_under_concurrent_additions()
    {
        await Task.WhenAll(
            Enumerable
                .Range(0, 4)
                .Select(worker =>
                    Task.Run(() =>
                    {
                        for (var i = 0; i < 1000; i++)
                        {
                            tokens.Add($"{worker} {i}", new());
                            tokens.Find($"{worker} {i - Capacity}");
                        }
                    })
                )
        );

        var held = Enumerable
            .Range(0, 4)
            .SelectMany(worker => Enumerable.Range(0, 1000).Select(i => $"{worker} {i}"))
            .Count(token => tokens.Find(token) is not null);
        Assert.InRange(held, 1, 4 * Capacity);
    }
}
