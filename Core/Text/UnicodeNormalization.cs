using System.Diagnostics.Metrics;
using System.Text;

namespace FunctionsApp.Core;

/// <summary>
/// Unicode normalization (UAX #15). The only caller of <see cref="string.Normalize(NormalizationForm)"/>, whose running time grows with
/// the square of the length of a run of combining marks: it therefore limits the length of texts and counts their characters.
/// </summary>
public static class UnicodeNormalization
{
    /// <summary>The name of the meter that counts normalized characters.</summary>
    public const string MeterName = "FunctionsApp.Text";

    /// <summary>
    /// The maximum length of a text in UTF-16 code units: more than any field allows, even in decomposed form.
    /// </summary>
    public const int MaxLength = 16 * 1024;

    static readonly Meter Meter = new(MeterName);

    static readonly Counter<long> Characters = Meter.CreateCounter<long>(
        "text.normalization.characters",
        "{character}",
        "Characters given to Unicode normalization."
    );

    /// <summary>NFC: composes letters and their marks without changing how the text looks.</summary>
    /// <exception cref="ArgumentException">The text is longer than <see cref="MaxLength"/> or not
    /// <see cref="CanNormalize">normalizable</see>.</exception>
    public static string Compose(string text) => Normalize(text, NormalizationForm.FormC);

    /// <summary>NFKC: also replaces compatibility characters, such as full-width letters and ligatures, with ordinary ones.</summary>
    /// <exception cref="ArgumentException">The text is longer than <see cref="MaxLength"/> or not
    /// <see cref="CanNormalize">normalizable</see>.</exception>
    public static string ComposeCompatible(string text) => Normalize(text, NormalizationForm.FormKC);

    /// <summary>NFD: separates letters from their marks.</summary>
    /// <exception cref="ArgumentException">The text is longer than <see cref="MaxLength"/> or not
    /// <see cref="CanNormalize">normalizable</see>.</exception>
    public static string Decompose(string text) => Normalize(text, NormalizationForm.FormD);

    /// <summary>Whether .NET can normalize the text, which must not contain unpaired surrogates or U+FFFE.</summary>
    public static bool CanNormalize(string text)
    {
        // Most texts contain nothing above U+D7FF: one vectorized search.
        if (text.AsSpan().IndexOfAnyInRange('\uD800', '\uFFFF') < 0)
            return true;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\uFFFE')
                return false;
            if (!char.IsSurrogate(text[i]))
                continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
                return false;
            i++;
        }

        return true;
    }

    static string Normalize(string text, NormalizationForm form)
    {
        if (text.Length > MaxLength)
            throw new ArgumentException($"A text of {text.Length} characters is too long to normalize.", nameof(text));
        Characters.Add(text.Length);
        return text.Normalize(form);
    }
}
