using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace FunctionsApp.Core.Tests;

/// <summary>Generates well-formed texts, preferably of characters that are difficult for normalization and case folding.</summary>
static class UnicodeText
{
    static readonly string[] Awkward =
    [
        "a",
        "A",
        "k",
        "\u212A",
        "s",
        "ſ",
        "ß",
        "ẞ",
        "i",
        "I",
        "ı",
        "İ",
        "σ",
        "ς",
        "Σ",
        "ﬁ",
        "Ａ",
        "ａ",
        "１",
        "①",
        "ǆ",
        "ǅ",
        "Ǆ",
        "é",
        "e",
        "\u0301",
        "\u0307",
        "\u0308",
        "\u0327",
        "\u0345",
        "α",
        "ᾳ",
        "ᾼ",
        "ΐ",
        "ϊ",
        "ŉ",
        "ǰ",
        "Å",
        "\u212B",
        "Ω",
        "\u2126",
        "가",
        "ᄀ",
        "ᅡ",
        "ᆨ",
        "ｶ",
        "ﾞ",
        "ガ",
        "が",
        "ᏸ",
        "Ᏸ",
        "ა",
        "Ა",
        "𐐀",
        "𐐨",
        "𝐀",
        "😀",
        "ﷺ",
        "㌖",
        "ⅷ",
        "Ⅷ",
        "\u0340",
        "\u0344",
        "\uFE0F",
        "\u1E9B",
        "\u1F71",
        "\u03D2",
        "\u0149",
        "\u2F00",
        "\uF900",
    ];

    static readonly Gen<string> AnyRune = Gen.OneOf(Gen.Choose(1, 0xD7FF), Gen.Choose(0xE000, 0xFFFD), Gen.Choose(0x10000, 0x10FFFF))
        .Select(value => new Rune(value).ToString());

    public static Arbitrary<string> Any { get; } =
        Gen.Frequency((4, Gen.Elements(Awkward)), (1, AnyRune)).ListOf().Select(string.Concat).ToArbitrary();
}
