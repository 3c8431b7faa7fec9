namespace FunctionsApp.Core.Ledger;

/// <summary>What an entry records. Entries of one moment are ordered by these values.</summary>
public enum EntryKind : short
{
    /// <summary>Units are replaced in a ratio. Bonus shares are also a split.</summary>
    Split,

    /// <summary>Cash paid into the portfolio.</summary>
    Deposit,

    Buy,

    /// <summary>Income from an instrument.</summary>
    Dividend,

    Sell,

    Fee,

    /// <summary>Cash taken out of the portfolio.</summary>
    Withdrawal,
}
