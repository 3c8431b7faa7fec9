using System.CommandLine;
using System.Globalization;
using System.Numerics;

namespace FunctionsApp.Benchmark;

/// <summary>Options that take a number with a lower bound.</summary>
static class NumberOption
{
    /// <param name="value">The default; null for none.</param>
    /// <param name="least">The lowest value that is valid.</param>
    public static Option<T?> Create<T>(string name, string help, T? value, T least, string description)
        where T : struct, INumber<T> =>
        new(name)
        {
            Description = value is null ? description : string.Create(CultureInfo.InvariantCulture, $"{description} Default: {value}."),
            HelpName = help,
            DefaultValueFactory = _ => value,
            CustomParser = result =>
            {
                // NaN is not at least anything.
                if (T.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out var given) && given >= least)
                    return given;
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} must be a number of at least {least}."));
                return null;
            },
        };
}
