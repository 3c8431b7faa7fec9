namespace FunctionsApp.Core.Ledger;

/// <summary>Reads moments that callers send.</summary>
static class MomentInput
{
    // The clocks of callers may be ahead of ours.
    static readonly TimeSpan skew = TimeSpan.FromMinutes(1);

    /// <summary>The moment. A problem with it is added to <paramref name="validation"/>.</summary>
    public static DateTime Read(Validation validation, string field, string text, TimeZoneInfo zone, DateTime now)
    {
        if (!Moment.TryParse(text, zone, out var at, out var isDate))
            validation.Check(field, Moment.Rule);
        else if (at > (isDate ? Moment.EndOf(Moment.DayOf(now, zone), zone) : now + skew))
            validation.Check(field, "Must not be in the future.");
        return at;
    }

    /// <summary>The current time in the precision that is stored: microseconds.</summary>
    public static DateTime Now(TimeProvider time) =>
        new(time.GetUtcNow().UtcTicks / TimeSpan.TicksPerMicrosecond * TimeSpan.TicksPerMicrosecond, DateTimeKind.Utc);
}
