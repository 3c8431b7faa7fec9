using System.Text.Json.Serialization;
using FunctionsApp.Functions.Hosting;

namespace FunctionsApp.Functions.Ledger;

/// <summary>How the module's bodies are read and written.</summary>
[JsonSerializable(typeof(NewLedgerEntry))]
[JsonSerializable(typeof(LedgerEntry))]
[JsonSerializable(typeof(Page<LedgerEntry>))]
[JsonSerializable(typeof(ImportResult))]
[JsonSerializable(typeof(PortfolioReport))]
[JsonSerializable(typeof(PortfolioHistory))]
[JsonSerializable(typeof(TaxReport))]
[JsonSerializable(typeof(Settings))]
[JsonSerializable(typeof(NewSettings))]
[JsonSerializable(typeof(Price[]))]
[JsonSerializable(typeof(PricesResult))]
[JsonSerializable(typeof(Guid))]
[JsonSerializable(typeof(DateOnly?))]
public sealed partial class LedgerJson : JsonSerializerContext;
