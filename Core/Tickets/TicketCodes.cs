using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using FunctionsApp.Core.Keys;

namespace FunctionsApp.Core.Tickets;

/// <summary>
/// The codes of tickets: JWS in compact form, signed with Ed25519 (RFC 7515, RFC 8037), so that anyone with the public key from the JWKS
/// can verify one offline. One key always gives a ticket the same code.
/// </summary>
public sealed class TicketCodes(KeyRing keys)
{
    const int MaxLength = 2048;

    /// <summary>Signs a code.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Busy"/> when no keys have been read yet.</exception>
    public string Sign(TicketCode code)
    {
        var key = keys.Current.TicketCodes.Signing;
        var payload = JsonSerializer.SerializeToUtf8Bytes(
            new TicketCodePayload(code.Kind.ToString(), Short(code.Scope), Short(code.Ticket)),
            TicketCodeJson.Default.TicketCodePayload
        );
        var text = $"{key.Header}.{Encode(payload)}";
        return $"{text}.{Encode(key.Sign(Encoding.ASCII.GetBytes(text)))}";
    }

    /// <summary>Reads a code that one of the keys signed; null for any other text. An unknown key is looked up.</summary>
    public async ValueTask<TicketCode?> ReadAsync(string text, CancellationToken cancellationToken)
    {
        if (TryRead(text, out var code))
            return code;
        return
            text.Length <= MaxLength
            && KidOf(text.Split('.')[0]) is { } kid
            && await keys.FindTicketCodeKeyAsync(kid, cancellationToken) is not null
            && TryRead(text, out code)
            ? code
            : null;
    }

    /// <summary>Reads a code that one of the known keys signed.</summary>
    public bool TryRead(string text, [NotNullWhen(true)] out TicketCode? code)
    {
        code = null;
        if (text.Length > MaxLength || text.Split('.') is not [var header, var payload, var signature])
            return false;
        if (keys.Current.TicketCodes.All.Values.FirstOrDefault(one => one.Header == header) is not { } key)
            return false;
        if (!Base64Url.IsValid(payload) || !Base64Url.IsValid(signature))
            return false;
        var bytes = Base64Url.DecodeFromChars(signature);
        // One spelling only: the last character of Base64 has unused bits.
        if (Encode(bytes) != signature || !key.Verify(Encoding.ASCII.GetBytes($"{header}.{payload}"), bytes))
            return false;
        var read = JsonSerializer.Deserialize(Base64Url.DecodeFromChars(payload), TicketCodeJson.Default.TicketCodePayload)!;
        code = new(read.Kind[0], Long(read.Scope), Long(read.Ticket));
        return true;
    }

    // The header as this service writes it, with any key id.
    static string? KidOf(string header)
    {
        const string Start = """{"alg":"EdDSA","kid":""" + "\"",
            End = "\"}";
        if (!Base64Url.IsValid(header))
            return null;
        var json = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(header));
        return
            json.Length > Start.Length + End.Length
            && json.StartsWith(Start, StringComparison.Ordinal)
            && json.EndsWith(End, StringComparison.Ordinal)
            ? json[Start.Length..^End.Length]
            : null;
    }

    static string Encode(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);

    static string Short(Guid id) => Encode(id.ToByteArray(bigEndian: true));

    static Guid Long(string id) => new(Base64Url.DecodeFromChars(id), bigEndian: true);
}
