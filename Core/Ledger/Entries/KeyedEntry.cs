using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace FunctionsApp.Core.Ledger;

/// <summary>
/// What is stored under an idempotency key: the hash of the request, and the response. Retries come from before a deployment too, so the
/// names and the order of the fields never change, whatever the types of the core are called.
/// </summary>
static class KeyedEntry
{
    /// <summary>Equal for equal requests.</summary>
    public static byte[] HashOf(NewEntry entry) =>
        SHA256.HashData(
            JsonSerializer.SerializeToUtf8Bytes(
                new(
                    (short)entry.Type,
                    entry.At,
                    entry.Symbol,
                    entry.Isin,
                    entry.Quantity,
                    entry.Price,
                    entry.Amount,
                    entry.Charges,
                    entry.Ratio,
                    entry.Per,
                    entry.Currency,
                    entry.Note
                ),
                KeyedEntryJson.Default.KeyedRequest
            )
        );

    public static string Write(LedgerEntry entry) =>
        JsonSerializer.Serialize(
            new(
                entry.Id,
                (short)entry.Type,
                entry.At,
                entry.Symbol,
                entry.Isin,
                entry.Quantity,
                entry.Price,
                entry.Amount,
                entry.Charges,
                entry.Ratio,
                entry.Per,
                entry.Note,
                entry.CreatedAt
            ),
            KeyedEntryJson.Default.KeyedResponse
        );

    public static LedgerEntry Read(string response)
    {
        var stored = JsonSerializer.Deserialize(response, KeyedEntryJson.Default.KeyedResponse)!;
        return new(
            stored.Id,
            (EntryKind)stored.Type,
            stored.At,
            stored.Symbol,
            stored.Isin,
            stored.Quantity,
            stored.Price,
            stored.Amount,
            stored.Charges,
            stored.Ratio,
            stored.Per,
            stored.Note,
            stored.CreatedAt
        );
    }
}

/// <summary>The stored form of a <see cref="NewEntry"/>.</summary>
sealed record KeyedRequest(
    [property: JsonPropertyName("Type")] short Type,
    [property: JsonPropertyName("At")] string At,
    [property: JsonPropertyName("Symbol")] string? Symbol,
    [property: JsonPropertyName("Isin")] string? Isin,
    [property: JsonPropertyName("Quantity")] decimal? Quantity,
    [property: JsonPropertyName("Price")] decimal? Price,
    [property: JsonPropertyName("Amount")] decimal? Amount,
    [property: JsonPropertyName("Charges")] decimal? Charges,
    [property: JsonPropertyName("Ratio")] decimal? Ratio,
    [property: JsonPropertyName("Per")] decimal? Per,
    [property: JsonPropertyName("Currency")] string? Currency,
    [property: JsonPropertyName("Note")] string? Note
);

/// <summary>The stored form of a <see cref="LedgerEntry"/>.</summary>
sealed record KeyedResponse(
    [property: JsonPropertyName("Id")] Guid Id,
    [property: JsonPropertyName("Type")] short Type,
    [property: JsonPropertyName("At")] DateTime At,
    [property: JsonPropertyName("Symbol")] string? Symbol,
    [property: JsonPropertyName("Isin")] string? Isin,
    [property: JsonPropertyName("Quantity")] decimal? Quantity,
    [property: JsonPropertyName("Price")] decimal? Price,
    [property: JsonPropertyName("Amount")] decimal? Amount,
    [property: JsonPropertyName("Charges")] decimal? Charges,
    [property: JsonPropertyName("Ratio")] decimal? Ratio,
    [property: JsonPropertyName("Per")] decimal? Per,
    [property: JsonPropertyName("Note")] string? Note,
    [property: JsonPropertyName("CreatedAt")] DateTime CreatedAt
);

[JsonSerializable(typeof(KeyedRequest))]
[JsonSerializable(typeof(KeyedResponse))]
sealed partial class KeyedEntryJson : JsonSerializerContext;
