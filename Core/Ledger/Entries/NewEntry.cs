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

    /// <summary>The entry to record.</summary>
    /// <param name="now">Entries may not be later than this; an entry with only a date may be on this day.</param>
    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/>, with all fields; <see cref="Refusal.Conflict"/> for another
    /// currency than the portfolio's.</exception>
    public LedgerEntry Checked(Guid id, PortfolioSettings settings, DateTime now)
    {
        bool trade = Type is EntryKind.Buy or EntryKind.Sell,
            split = Type == EntryKind.Split,
            named = trade || split,
            money = !named;
        string? symbol = Symbol is null ? null : Instrument.Symbol(Symbol),
            isin = Isin is null ? null : Instrument.Isin(Isin);
        var validation = new Validation();
        var at = MomentInput.Read(validation, "at", At, settings.Zone, now);
        validation
            .Check(
                "symbol",
                Symbol is null ? (named && Isin is null ? "Either symbol or isin is required." : null)
                    : Type is EntryKind.Deposit or EntryKind.Withdrawal ? Foreign
                    : symbol is null ? Instrument.SymbolRule
                    : null
            )
            .Check(
                "isin",
                Isin is null ? null
                    : Type is EntryKind.Deposit or EntryKind.Withdrawal ? Foreign
                    : isin is null ? Instrument.IsinRule
                    : null
            )
            .Check("quantity", Problem(Quantity, trade, Amounts.QuantityProblem))
            .Check("price", Problem(Price, trade, Amounts.PriceProblem))
            .Check("charges", Charges is null ? null : Problem(Charges, trade, Amounts.ChargesProblem))
            .Check("amount", Problem(Amount, money, Amounts.MoneyProblem))
            .Check("ratio", Problem(Ratio, split, RatioProblem))
            .Check("per", Per is null ? null : Problem(Per, split, RatioProblem))
            .Check(
                "quantity",
                trade && Quantity < Amounts.Limit && Price < Amounts.Limit && Quantity * Price >= Amounts.Limit ? Amounts.ValueRule : null
            )
            .Check(
                "note",
                Note is null ? null
                    : Note.Length > MaxNoteLength ? $"Must have at most {MaxNoteLength} characters."
                    : Note.Any(char.IsControl) || !TextRules.IsWellFormed(Note) ? "Must not contain control characters."
                    : null
            )
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
            trade ? Charges ?? 0 : null,
            Ratio,
            split ? Per ?? 1 : null,
            Note,
            now
        );
    }

    string Foreign => $"Does not belong to a {Type.ToString().ToLowerInvariant()}.";

    string? Problem(decimal? value, bool belongs, Func<decimal, string?> problem) =>
        value is { } given
            ? belongs
                ? problem(given)
                : Foreign
            : belongs
                ? "Is required."
                : null;

    static string? RatioProblem(decimal ratio) =>
        ratio is <= 0 or > MaxRatio || Amounts.Normal(ratio).Scale > RatioDecimals
            ? $"Must be greater than 0 and at most {MaxRatio}, with at most {RatioDecimals} decimals."
            : null;
}
