using System.Globalization;
using System.Text.RegularExpressions;

namespace FunctionsApp.LoadTest.Subjects;

/// <summary>The limits of a pod.</summary>
/// <param name="Processors">For example 0.25.</param>
/// <param name="Memory">In bytes.</param>
sealed partial record Limits(double Processors, long Memory)
{
    const double LeastProcessors = 0.01;
    const long LeastMemory = 32 << 20;

    /// <summary>Parses quantities as Kubernetes writes them, such as <c>250m</c> or <c>0.25</c>, and <c>256Mi</c> or <c>1Gi</c>.</summary>
    /// <exception cref="LoadTestException">One is not a quantity, or too small.</exception>
    public static Limits Parse(string processors, string memory)
    {
        var milli = processors.EndsWith('m');
        if (
            !double.TryParse(processors.TrimEnd('m'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var cpu)
            || (milli ? cpu / 1000 : cpu) < LeastProcessors
        )
            throw new LoadTestException($"'{processors}' is not a processor limit such as 250m or 1.");
        if (Quantity().Match(memory) is not { Success: true } parts)
            throw new LoadTestException($"'{memory}' is not a memory limit such as 256Mi or 1Gi.");
        var bytes =
            double.Parse(parts.Groups[1].Value, CultureInfo.InvariantCulture)
            * parts.Groups[2].Value switch
            {
                "Ki" => 1 << 10,
                "Mi" => 1 << 20,
                "Gi" => 1 << 30,
                "k" => 1e3,
                "M" => 1e6,
                "G" => 1e9,
                _ => 1,
            };
        return bytes >= LeastMemory
            ? new(milli ? cpu / 1000 : cpu, (long)bytes)
            : throw new LoadTestException($"A memory limit must be at least 32Mi, not {memory}.");
    }

    [GeneratedRegex(@"^(\d+(?:\.\d+)?)(Ki|Mi|Gi|k|M|G)?$", RegexOptions.NonBacktracking)]
    private static partial Regex Quantity();
}
