using System.ComponentModel.DataAnnotations;
using FunctionsApp.Core.Ledger;
using FunctionsApp.Functions.Hosting;

namespace FunctionsApp.Functions.Ledger;

/// <summary>The settings of a portfolio.</summary>
/// <param name="Currency">The currency of all amounts (ISO 4217).</param>
/// <param name="TimeZone">The IANA time zone that determines when a day ends.</param>
/// <param name="LongTermMonths">The number of months after which a holding is long-term: 0 to 120.</param>
/// <param name="YearStartsIn">The month in which the financial year begins: 1 to 12.</param>
public sealed record Settings(string Currency, string TimeZone, int LongTermMonths, int YearStartsIn) : IExample<Settings>
{
    public static Settings Example => From(PortfolioSettings.Default);

    public static Settings From(PortfolioSettings settings) =>
        new(settings.Currency, settings.TimeZone, settings.LongTermMonths, settings.YearStartsIn);
}

/// <summary>The new settings of a portfolio.</summary>
/// <param name="Currency">The currency of all amounts (ISO 4217). The default is `INR`.</param>
/// <param name="TimeZone">The IANA time zone that determines when a day ends. The default is `Asia/Kolkata`.</param>
/// <param name="LongTermMonths">The number of months after which a holding is long-term: 0 to 120. The default is 12.</param>
/// <param name="YearStartsIn">The month in which the financial year begins: 1 to 12. The default is 4.</param>
public sealed record NewSettings(
    string? Currency = null,
    string? TimeZone = null,
    [property: Range(0, 120)] int? LongTermMonths = null,
    [property: Range(1, 12)] int? YearStartsIn = null
) : IExample<NewSettings>
{
    public static NewSettings Example => new("INR", "Asia/Kolkata", 12, 4);

    /// <summary>
    /// The settings for the core, with defaults for what was left out. A method, since a property would be part of the JSON
    /// contract.
    /// </summary>
    public PortfolioSettings ToSettings()
    {
        var defaults = PortfolioSettings.Default;
        return new(
            Currency ?? defaults.Currency,
            TimeZone ?? defaults.TimeZone,
            LongTermMonths ?? defaults.LongTermMonths,
            YearStartsIn ?? defaults.YearStartsIn
        );
    }
}
