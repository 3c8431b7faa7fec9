using System.Collections.Concurrent;
using Microsoft.IdentityModel.Tokens;

namespace Core.Accounts;

/// <summary>
/// The tokens that were checked lately, the whole text as the key. Two generations: what was not asked for during the last
/// <paramref name="capacity"/> additions is forgotten, so it never holds more than twice that.
/// </summary>
sealed class CheckedTokens(int capacity)
{
    ConcurrentDictionary<string, TokenValidationResult> young = new(), old = new();
    int added;

    public TokenValidationResult? Find(string token)
    {
        if (young.TryGetValue(token, out var result)) return result;
        if (!old.TryGetValue(token, out result)) return null;
        Add(token, result);
        return result;
    }

    public void Add(string token, TokenValidationResult result)
    {
        if (!young.TryAdd(token, result) || Interlocked.Increment(ref added) < capacity) return;
        Interlocked.Exchange(ref added, 0);
        old = Interlocked.Exchange(ref young, new());
    }
}
