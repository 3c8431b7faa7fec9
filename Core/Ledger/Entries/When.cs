using FunctionsApp.Core.Accounts;

namespace FunctionsApp.Core.Ledger;

/// <summary>Reads moments that callers write.</summary>
static class When
{
    // Clocks of callers may be ahead of ours.
    static readonly TimeSpan Skew = TimeSpan.FromMinutes(1);

    /// <summary>The moment; what is wrong with it goes to <paramref name="validation"/>.</summary>
    public static DateTime Read(Validation validation, string field, string text, TimeZoneInfo zone, DateTime now)
    {
        if (!Moment.TryParse(text, zone, out var at, out var isDate))
            validation.Check(field, Moment.Rule);
        else if (at > (isDate ? Moment.EndOf(Moment.DayOf(now, zone), zone) : now + Skew))
            validation.Check(field, "Must not be in the future.");
        return at;
    }
}
