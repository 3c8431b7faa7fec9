namespace FunctionsApp.Core.Parking;

/// <summary>
/// What a stay costs: nothing up to the grace period; then each started hour, the first at its own rate. An hour is charged to the
/// calendar day, in the lot's time zone, in which it starts, and a day costs no more than its cap.
/// </summary>
public static class ParkingFee
{
    /// <param name="entered">UTC.</param>
    /// <param name="exited">UTC. Before <paramref name="entered"/> it costs nothing.</param>
    /// <returns>In the currency of the rate.</returns>
    public static decimal Of(Rate rate, TimeZoneInfo zone, DateTime entered, DateTime exited)
    {
        var stay = exited - entered;
        if (stay <= TimeSpan.FromMinutes(rate.GraceMinutes))
            return 0;

        var hours = Hours(stay);
        var days = new Dictionary<DateOnly, decimal>();
        for (int hour = 0, same; hour < hours; hour += same)
        {
            var start = entered.AddHours(hour);
            var local = TimeZoneInfo.ConvertTimeFromUtc(start, zone);
            // To the end of the day in one step, and hour by hour where clocks change before that.
            same = Math.Min(Hours(TimeSpan.FromDays(1) - local.TimeOfDay), hours - hour);
            if (zone.GetUtcOffset(start) != zone.GetUtcOffset(start.AddHours(same)))
                same = 1;
            var day = DateOnly.FromDateTime(local);
            days[day] = days.GetValueOrDefault(day) + same * rate.FurtherHour + (hour == 0 ? rate.FirstHour - rate.FurtherHour : 0);
        }

        return days.Values.Sum(charge => Math.Min(charge, rate.DayCap));
    }

    static int Hours(TimeSpan time) => (int)((time.Ticks + TimeSpan.TicksPerHour - 1) / TimeSpan.TicksPerHour);
}
