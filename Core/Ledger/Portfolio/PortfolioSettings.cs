namespace FunctionsApp.Core.Ledger;

/// <summary>The settings of a portfolio. They can be changed while there are no entries.</summary>
/// <param name="Currency">The currency of all its amounts (ISO 4217).</param>
/// <param name="TimeZone">The IANA time zone that determines when its days end.</param>
/// <param name="LongTermMonths">A lot that is sold more than this number of months after the day of the purchase is
/// long-term.</param>
/// <param name="YearStartsIn">The month in which its financial year begins.</param>
public sealed record PortfolioSettings(string Currency, string TimeZone, int LongTermMonths, int YearStartsIn)
{
    const int MaxLongTermMonths = 120;

    /// <summary>India's: rupees, twelve months for listed shares, financial years from April.</summary>
    public static PortfolioSettings Default => new("INR", "Asia/Kolkata", 12, 4);

    public TimeZoneInfo Zone => TimeZoneInfo.FindSystemTimeZoneById(TimeZone);

    public HoldingPeriod Holding => new(Zone, LongTermMonths);

    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/>.</exception>
    public PortfolioSettings Checked()
    {
        new Validation()
            .Check(
                "currency",
                Currency.Length == 3 && Currency.All(char.IsAsciiLetterUpper) ? null : "Must be three capital letters, as in ISO 4217."
            )
            .Check("time_zone", TimeZones.IsKnown(TimeZone) ? null : "Must be an IANA time zone, such as Asia/Kolkata.")
            .Check("long_term_months", LongTermMonths is >= 0 and <= MaxLongTermMonths ? null : $"Must be 0 to {MaxLongTermMonths}.")
            .Check("year_starts_in", YearStartsIn is >= 1 and <= 12 ? null : "Must be a month: 1 to 12.")
            .ThrowIfInvalid();
        return this;
    }
}
