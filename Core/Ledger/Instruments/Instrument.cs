using System.Text.RegularExpressions;

namespace FunctionsApp.Core.Ledger;

/// <summary>The spelling of exchange symbols and ISINs (ISO 6166).</summary>
public static partial class Instrument
{
    /// <summary>The instrument that stands for the cash account.</summary>
    public const string CashAccount = "";

    public const int MaxSymbolLength = 64;

    // With surrounding spaces.
    const int MaxWrittenLength = 2 * MaxSymbolLength;

    /// <summary>The symbol as it is stored: in upper case, without surrounding spaces. Null if it is not valid.</summary>
    public static string? Symbol(string written)
    {
        if (written.Length > MaxWrittenLength)
            return null;
        var symbol = written.Trim().ToUpperInvariant();
        return Symbols().IsMatch(symbol) ? symbol : null;
    }

    /// <summary>
    /// The ISIN in upper case. Null if it is not valid. The check digit is not verified: ISINs are recorded as brokers write
    /// them.
    /// </summary>
    public static string? Isin(string written)
    {
        if (written.Length > MaxWrittenLength)
            return null;
        var isin = written.Trim().ToUpperInvariant();
        return Isins().IsMatch(isin) ? isin : null;
    }

    /// <summary>The error for an invalid symbol.</summary>
    public const string SymbolRule =
        "Must be 1 to 64 letters, digits, spaces or any of & - . _ : / ( ) ' + , * % and begin with a letter or digit.";

    /// <summary>The error for an invalid ISIN.</summary>
    public const string IsinRule = "Must be an ISIN: two letters, nine letters or digits, one digit.";

    [GeneratedRegex("""^[A-Z0-9][A-Z0-9 &\-._:/()'+,*%]{0,63}\z""")]
    private static partial Regex Symbols();

    [GeneratedRegex("""^[A-Z]{2}[A-Z0-9]{9}[0-9]\z""")]
    private static partial Regex Isins();
}
