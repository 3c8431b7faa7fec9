namespace FunctionsApp.Core;

/// <summary>Time zones as callers name them.</summary>
public static class TimeZones
{
    const int MaxLength = 64;

    /// <summary>Whether this is the IANA id of a zone that the machine knows.</summary>
    // Letters first: the platform would take paths below its folder of zones, and other files there.
    public static bool IsKnown(string id) =>
        id.Length is > 0 and <= MaxLength
        && char.IsAsciiLetterUpper(id[0])
        && id.All(one => char.IsAsciiLetterOrDigit(one) || one is '/' or '_' or '+' or '-')
        && TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone)
        && zone.HasIanaId;
}
