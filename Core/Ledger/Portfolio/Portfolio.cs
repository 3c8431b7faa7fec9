namespace FunctionsApp.Core.Ledger;

/// <summary>The stored state of one user's portfolio.</summary>
/// <param name="Version">The number of its changes.</param>
/// <param name="ChainedUntil">Stored growth is valid before this moment.</param>
/// <param name="PricesVersion">The version of the closing prices that its growth was calculated with.</param>
public sealed record Portfolio(Guid UserId, PortfolioSettings Settings, long Version, DateTime ChainedUntil, long PricesVersion)
{
    /// <summary>A portfolio in which nothing was recorded or set.</summary>
    public static Portfolio New(Guid userId) => new(userId, PortfolioSettings.Default, 0, DateTime.MaxValue, 0);
}
