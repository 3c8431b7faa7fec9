using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace FunctionsApp.Functions.Ledger;

/// <summary>Short texts of amounts, and the width of texts.</summary>
public static class ChartText
{
    const string Minus = "−";

    // A no-break space: between a currency's code and its number, and before lakh and crore.
    const string Space = "\u00A0";

    // From this number of the largest unit on, amounts are written with an exponent.
    const decimal Many = 100_000;

    static readonly (decimal Size, string Name)[] Indian =
    [
        (1e12m, $"{Space}L{Space}Cr"),
        (1e7m, $"{Space}Cr"),
        (1e5m, $"{Space}L"),
        (1e3m, "K"),
    ];
    static readonly (decimal Size, string Name)[] Western = [(1e12m, "T"), (1e9m, "B"), (1e6m, "M"), (1e3m, "K")];

    // The widths, in units of the font size, of characters that are narrower or wider than others of their kind.
    static readonly FrozenDictionary<int, double> Unusual = new (string Characters, double Ems)[]
    {
        ($" {Space}.,:;'|!ijlI·", 0.35),
        ("frt()-/", 0.43),
        ($"mwMW%@+{Minus}…>", 0.98),
    }
        .SelectMany(group => group.Characters, (group, character) => (character, group.Ems))
        .ToFrozenDictionary(one => (int)one.character, one => one.Ems);

    /// <summary>Short, with four or five digits: ₹12.35 L, $1.2M or CHF 950.50.</summary>
    /// <param name="currency">
    /// The ISO 4217 code. Rupees are written in lakh (1e5) and crore (1e7), others in thousands and millions.
    /// </param>
    public static string Money(decimal value, string currency)
    {
        var size = Math.Abs(value);
        // The unit is that of the rounded amount: 99,999.99 rupees are one lakh, not 100K.
        var (unit, name) = Unit(size, currency);
        if (size / unit < Many && Round(size / unit) * unit is var rounded && rounded > size)
            (unit, name) = Unit(rounded, currency);
        return Written(value, Round(size / unit), unit, name, currency, decimals: 2);

        static decimal Round(decimal count) => Math.Round(count, Decimals(count), MidpointRounding.AwayFromZero);
        static int Decimals(decimal count) =>
            count < 100 ? 2
            : count < 1000 ? 1
            : 0;
    }

    /// <summary>The label of a tick, with all the digits that distinguish it from its neighbors.</summary>
    public static string Tick(decimal value, decimal step, string currency)
    {
        var size = Math.Abs(value);
        var (unit, name) = Unit(size, currency);
        var decimals = 0;
        for (var part = step / unit; part != Math.Floor(part) && decimals < 12; part *= 10)
            decimals++;
        return Written(value, size / unit, unit, name, currency, decimals);
    }

    /// <summary>With a plus or minus sign, for gains.</summary>
    public static string Signed(decimal value, string currency) => value > 0 ? "+" + Money(value, currency) : Money(value, currency);

    /// <summary>Signed, with one decimal if there are few digits; huge ones as more (or less) than a million.</summary>
    /// <param name="part">1 is 100%.</param>
    public static string Percent(double part)
    {
        var percent = part * 100;
        var size = Math.Abs(percent);
        if (size >= 1e6)
            return $"{(percent > 0 ? "> " : $"< {Minus}")}1,000,000%";
        var digits = Math.Round(size, size < 1000 ? 1 : 0, MidpointRounding.AwayFromZero).ToString("#,0.#", CultureInfo.InvariantCulture);
        return $"{(digits == "0" ? "" : percent > 0 ? "+" : Minus)}{digits}%";
    }

    /// <summary>
    /// The maximum width of a line of text, in units of the font size, from the widths of common sans-serif fonts (Segoe UI, Roboto, San
    /// Francisco, DejaVu Sans), since the reader's font is not known.
    /// </summary>
    public static double Width(string text, double fontSize)
    {
        var ems = 0.0;
        foreach (var rune in text.EnumerateRunes())
            ems += Ems(rune);
        return ems * fontSize;
    }

    /// <summary>The text, shortened with an ellipsis if it does not fit.</summary>
    public static string Fitting(string text, double fontSize, double width)
    {
        if (Width(text, fontSize) <= width)
            return text;
        var starts = StringInfo.ParseCombiningCharacters(text);
        for (var i = starts.Length - 1; i > 0; i--)
        {
            var part = text[..starts[i]].TrimEnd() + "…";
            if (Width(part, fontSize) <= width)
                return part;
        }

        return "…";
    }

    static double Ems(Rune rune) =>
        Unusual.TryGetValue(rune.Value, out var ems)
            ? ems
            : rune.Value switch
            {
                >= 'A' and <= 'Z' => 0.76,
                < 0x80 => 0.64,
                < 0x2E80 => 0.8,
                _ => Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.Format ? 0 : 1.1,
            };

    static (decimal Size, string Name) Unit(decimal size, string currency)
    {
        foreach (var unit in currency == "INR" ? Indian : Western)
        {
            if (size >= unit.Size)
                return unit;
        }

        return (1, "");
    }

    static string Written(decimal value, decimal count, decimal unit, string name, string currency, int decimals)
    {
        var digits =
            count >= Many && unit > 1
                ? ((double)Math.Abs(value)).ToString("0.####e0", CultureInfo.InvariantCulture)
                : count.ToString("#,0." + new string('#', decimals), CultureInfo.InvariantCulture) + name;
        var sign = currency switch
        {
            "INR" => "₹",
            "USD" => "$",
            "EUR" => "€",
            "GBP" => "£",
            _ => currency + Space,
        };
        return $"{(value < 0 && digits != "0" ? Minus : "")}{sign}{digits}";
    }
}
