using System.Runtime.CompilerServices;

namespace FunctionsApp.Core.Ledger;

/// <summary>Takes closing prices, which all portfolios use.</summary>
public sealed class PriceService(PriceStore prices, LedgerLimits limits, UploadSpool uploads)
{
    // The longest that one statement may take.
    static readonly TimeSpan writeTimeout = TimeSpan.FromSeconds(4),
        importTimeout = TimeSpan.FromMinutes(10);

    /// <summary>Writes closing prices, all or none.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/>, by the index of each price in the list.</exception>
    public async Task<PricesResult> WriteAsync(IReadOnlyList<ClosingPrice> closes, CancellationToken cancellationToken)
    {
        var validation = new Validation();
        var checkedPrices = new List<ClosingPrice>(closes.Count);
        for (var i = 0; i < closes.Count; i++)
        {
            var symbol = Instrument.Symbol(closes[i].Symbol);
            validation
                .Check($"[{i}].symbol", symbol is null ? Instrument.SymbolRule : null)
                .Check($"[{i}].date", Moment.Has(closes[i].Date) ? null : Moment.Rule)
                .Check($"[{i}].close", closes[i].Close == 0 ? "Must be greater than 0." : Amounts.PriceProblem(closes[i].Close));
            checkedPrices.Add(closes[i] with { Symbol = symbol ?? "" });
        }

        validation.ThrowIfInvalid();
        var (read, changed) = await prices.WriteAsync(checkedPrices.ToAsyncEnumerable(), writeTimeout, cancellationToken);
        return new(read, changed, 0);
    }

    /// <summary>Imports the closing prices of a file, all or none.</summary>
    /// <param name="userId">The user who imports them.</param>
    /// <param name="file">As <see cref="ClosingPrices"/> reads it. It is received completely before anything is written.</param>
    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/> with lines and columns; <see cref="Refusal.TooMany"/>;
    /// <see cref="Refusal.Busy"/>.</exception>
    public async Task<PricesResult> ImportAsync(Guid userId, Stream file, CancellationToken cancellationToken)
    {
        using var counted = limits.BeginImport(userId);
        await using var upload = await uploads.ReceiveAsync(file, cancellationToken);
        using var turn = await limits.EnterImportAsync(userId, cancellationToken);
        var problems = new CsvProblems();
        var closes = CheckedAsync(ClosingPrices.ReadAsync(upload.Rewind(), problems, cancellationToken), problems, cancellationToken);
        var (read, changed) = await prices.WriteAsync(closes, importTimeout, cancellationToken);
        return new(read, changed, problems.Skipped);
    }

    // Problems of the file stop the transaction that it is read into.
    static async IAsyncEnumerable<ClosingPrice> CheckedAsync(
        IAsyncEnumerable<ClosingPrice> closes,
        CsvProblems problems,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await foreach (var close in closes.WithCancellation(cancellationToken))
            yield return close;
        problems.ThrowIfAny();
    }
}
