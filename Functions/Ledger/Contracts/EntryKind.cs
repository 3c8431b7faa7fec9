namespace FunctionsApp.Functions.Ledger;

/// <summary>What an entry records. Entries of the same moment count in this order.</summary>
public enum EntryKind
{
    Split,
    Deposit,
    Buy,
    Dividend,
    Sell,
    Fee,
    Withdrawal,
}

static class EntryKinds
{
    public static EntryKind From(Core.Ledger.EntryKind kind) =>
        kind switch
        {
            Core.Ledger.EntryKind.Split => EntryKind.Split,
            Core.Ledger.EntryKind.Deposit => EntryKind.Deposit,
            Core.Ledger.EntryKind.Buy => EntryKind.Buy,
            Core.Ledger.EntryKind.Dividend => EntryKind.Dividend,
            Core.Ledger.EntryKind.Sell => EntryKind.Sell,
            Core.Ledger.EntryKind.Fee => EntryKind.Fee,
            Core.Ledger.EntryKind.Withdrawal => EntryKind.Withdrawal,
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
        };

    public static Core.Ledger.EntryKind ToCore(EntryKind kind) =>
        kind switch
        {
            EntryKind.Split => Core.Ledger.EntryKind.Split,
            EntryKind.Deposit => Core.Ledger.EntryKind.Deposit,
            EntryKind.Buy => Core.Ledger.EntryKind.Buy,
            EntryKind.Dividend => Core.Ledger.EntryKind.Dividend,
            EntryKind.Sell => Core.Ledger.EntryKind.Sell,
            EntryKind.Fee => Core.Ledger.EntryKind.Fee,
            EntryKind.Withdrawal => Core.Ledger.EntryKind.Withdrawal,
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
        };
}
