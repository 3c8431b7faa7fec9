namespace FunctionsApp.Core.Ledger;

/// <summary>What an entry records. Entries of the same moment count in this order.</summary>
public enum EntryKind : short
{
    /// <summary>Units are replaced by others in a ratio. Bonus shares are a split too.</summary>
    Split,

    /// <summary>Money comes from outside.</summary>
    Deposit,

    Buy,

    /// <summary>Income from an instrument.</summary>
    Dividend,

    Sell,

    Fee,

    /// <summary>Money goes outside.</summary>
    Withdrawal,
}
