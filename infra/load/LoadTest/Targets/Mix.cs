using System.Globalization;

namespace FunctionsApp.LoadTest.Targets;

/// <summary>A weighted mix of kinds of work, evenly interleaved.</summary>
static class Mix
{
    /// <summary>Parses lines of a weight and a kind; <c>#</c> begins a comment.</summary>
    /// <exception cref="LoadTestException">A line is invalid, or no kind is left.</exception>
    public static IReadOnlyList<(int Weight, string Kind)> Parse(string text)
    {
        List<(int, string)> parts = [];
        foreach (var line in text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#'))
        {
            if (line.Split(' ') is not [var weight, var kind] || !int.TryParse(weight, CultureInfo.InvariantCulture, out var count))
                throw new LoadTestException($"Not a weight and a kind of work: {line}");
            if (count < 1)
                throw new LoadTestException($"A weight must be 1 or more: {line}");
            parts.Add((count, kind));
        }

        return parts.Count > 0 ? parts : throw new LoadTestException("The mix is empty.");
    }

    /// <summary>
    /// An endless sequence in which each kind occurs by its weight, spread evenly (smooth weighted round-robin), so that short and long
    /// runs have the same mix.
    /// </summary>
    public static IEnumerable<string> Sequence(IReadOnlyList<(int Weight, string Kind)> parts)
    {
        var total = parts.Sum(part => part.Weight);
        var credit = new int[parts.Count];
        while (true)
        {
            var best = 0;
            for (var i = 0; i < parts.Count; i++)
            {
                credit[i] += parts[i].Weight;
                if (credit[i] > credit[best])
                    best = i;
            }

            credit[best] -= total;
            yield return parts[best].Kind;
        }
    }
}
