namespace FunctionsApp.Core.Ledger;

/// <summary>An entry as a caller sends it. <see cref="LedgerEntry"/> describes the fields.</summary>
/// <param name="At">RFC 3339; without an offset, or a date alone, in the portfolio's time zone.</param>
/// <param name="Currency">The currency of the portfolio, or null.</param>
public sealed record NewEntry(
    EntryKind Type,
    string At,
    string? Symbol = null,
    string? Isin = null,
    decimal? Quantity = null,
    decimal? Price = null,
    decimal? Amount = null,
    decimal? Charges = null,
    decimal? Ratio = null,
    decimal? Per = null,
    string? Currency = null,
    string? Note = null
)
{
    public const int MaxNoteLength = 500,
        MaxAtLength = 64;

    const decimal MaxRatio = 1_000_000;
    const int RatioDecimals = 6;

    /// <summary>The valid symbol and ISIN as they are stored, of those that were sent.</summary>
    public string[] Names => [.. new[] { StoredSymbol, StoredIsin }.OfType<string>()];

    /// <summary>The entry to record.</summary>
    /// <param name="now">Entries may not be later than this; an entry with only a date may be on this day.</param>
    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/>, with all fields; <see cref="Refusal.Conflict"/> for another
    /// currency than the portfolio's.</exception>
    public LedgerEntry Checked(Guid id, PortfolioSettings settings, DateTime now)
    {
        var (symbol, isin) = (StoredSymbol, StoredIsin);
        var validation = new Validation();
        var at = MomentInput.Read(validation, "at", At, settings.Zone, now);
        validation
            .Check("symbol", SymbolProblem(symbol))
            .Check("isin", IsinProblem(isin))
            .Check("quantity", Problem(Quantity, IsTrade, Amounts.QuantityProblem))
            .Check("price", Problem(Price, IsTrade, Amounts.PriceProblem))
            .Check("charges", OptionalProblem(Charges, IsTrade, Amounts.ChargesProblem))
            .Check("amount", Problem(Amount, IsMoney, Amounts.MoneyProblem))
            .Check("ratio", Problem(Ratio, IsSplit, RatioProblem))
            .Check("per", OptionalProblem(Per, IsSplit, RatioProblem))
            .Check("quantity", ValueProblem())
            .Check("note", NoteProblem())
            .ThrowIfInvalid();
        if (Currency is not null && Currency != settings.Currency)
            throw RefusedException.Conflict("currency", $"This portfolio is kept in {settings.Currency}.");
        return new(
            id,
            Type,
            at,
            symbol,
            isin,
            Quantity,
            Price,
            Amount,
            IsTrade ? Charges ?? 0 : null,
            Ratio,
            IsSplit ? Per ?? 1 : null,
            Note,
            now
        );
    }

    // Null also if what was sent is not valid.
    string? StoredSymbol => Symbol is null ? null : Instrument.Symbol(Symbol);

    string? StoredIsin => Isin is null ? null : Instrument.Isin(Isin);

    bool IsTrade => Type is EntryKind.Buy or EntryKind.Sell;

    bool IsSplit => Type == EntryKind.Split;

    // Has an amount, not units.
    bool IsMoney => !IsTrade && !IsSplit;

    // Has no instrument.
    bool IsTransfer => Type is EntryKind.Deposit or EntryKind.Withdrawal;

    string Foreign => $"Does not belong to a {Type.ToString().ToLowerInvariant()}.";

    /// <param name="symbol">As <see cref="Instrument.Symbol"/> returns it: null if it is not valid.</param>
    string? SymbolProblem(string? symbol) =>
        Symbol is null ? (!IsMoney && Isin is null ? "Either symbol or isin is required." : null)
        : IsTransfer ? Foreign
        : symbol is null ? Instrument.SymbolRule
        : null;

    /// <param name="isin">As <see cref="Instrument.Isin"/> returns it: null if it is not valid.</param>
    string? IsinProblem(string? isin) =>
        Isin is null ? null
        : IsTransfer ? Foreign
        : isin is null ? Instrument.IsinRule
        : null;

    string? ValueProblem() =>
        IsTrade && Quantity < Amounts.Limit && Price < Amounts.Limit && Quantity * Price >= Amounts.Limit ? Amounts.ValueRule : null;

    string? NoteProblem() =>
        Note is null ? null
        : Note.Length > MaxNoteLength ? $"Must have at most {MaxNoteLength} characters."
        : Note.Any(char.IsControl) || !TextRules.IsWellFormed(Note) ? "Must not contain control characters."
        : null;

    string? Problem(decimal? value, bool belongs, Func<decimal, string?> problem) =>
        value is { } given
            ? belongs
                ? problem(given)
                : Foreign
            : belongs
                ? "Is required."
                : null;

    string? OptionalProblem(decimal? value, bool belongs, Func<decimal, string?> problem) =>
        value is null ? null : Problem(value, belongs, problem);

    static string? RatioProblem(decimal ratio) =>
        ratio is <= 0 or > MaxRatio || Amounts.Normal(ratio).Scale > RatioDecimals
            ? $"Must be greater than 0 and at most {MaxRatio}, with at most {RatioDecimals} decimals."
            : null;
}
