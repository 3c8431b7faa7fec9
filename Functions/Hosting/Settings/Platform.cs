using FunctionsApp.Core;

namespace FunctionsApp.Functions.Hosting;

/// <summary>
/// What the operating system must provide. Without it the program would start, and then treat names and times differently from other
/// servers.
/// </summary>
static class Platform
{
    // A zone of the IANA database that every distribution has.
    const string Zone = "Asia/Kolkata";

    /// <exception cref="ConfigurationException">ICU or the time zones are missing.</exception>
    public static void Check()
    {
        if (!Normalizes())
        {
            throw new ConfigurationException(
                "Unicode data (ICU) is missing or disabled, so that names cannot be normalized. Install libicu, or use an image that "
                    + "contains it (…-chiseled-extra), and do not set DOTNET_SYSTEM_GLOBALIZATION_INVARIANT."
            );
        }

        if (!TimeZoneInfo.TryFindSystemTimeZoneById(Zone, out var zone) || zone.BaseUtcOffset != TimeSpan.FromHours(5.5))
        {
            throw new ConfigurationException(
                $"Time zone data is missing: there is no zone {Zone}. Install tzdata, or use an image that contains it "
                    + "(…-chiseled-extra)."
            );
        }
    }

    // A ligature, which only ICU composes. Without it the runtime throws or returns the text as it was.
    static bool Normalizes()
    {
        try
        {
            return UnicodeNormalization.ComposeCompatible("\ufb01") == "fi";
        }
        catch (PlatformNotSupportedException)
        {
            return false;
        }
    }
}
