using QRCoder;

namespace FunctionsApp.Functions.Tickets;

/// <summary>A ticket's code as a picture.</summary>
public static class Qr
{
    const int ModulePixels = 6;

    /// <summary>An SVG of the QR code, black on white in any theme, since scanners need that.</summary>
    public static IResult Svg(string code)
    {
        using var generator = new QRCodeGenerator();
        using var data = generator.CreateQrCode(code, QRCodeGenerator.ECCLevel.M);
        using var svg = new SvgQRCode(data);
        return TypedResults.Text(svg.GetGraphic(ModulePixels), "image/svg+xml");
    }
}
