namespace FunctionsApp.Core.Ledger;

/// <summary>
/// Sums the value of a portfolio at many moments: each instrument is one pass over its versions and closes, both in the order of time. The
/// time is proportional to versions, closes and moments.
/// </summary>
/// <param name="moments">Oldest first.</param>
internal sealed class TotalsSum(ValuationMoment[] moments, TimeZoneInfo zone)
{
    // The first five are differences to the moment before; market values are sums.
    readonly decimal[] cash = new decimal[moments.Length],
        deposits = new decimal[moments.Length],
        withdrawals = new decimal[moments.Length];
    readonly decimal[] realised = new decimal[moments.Length],
        realisedLong = new decimal[moments.Length],
        market = new decimal[moments.Length];

    /// <summary>The moments at which some of an instrument was held.</summary>
    /// <param name="versions">The earliest first; of those between two moments only the last is needed.</param>
    /// <returns>The first and the last of them; null when there are none.</returns>
    public (int First, int Last)? HeldAt(IReadOnlyList<TotalsVersion> versions)
    {
        (int First, int Last)? held = null;
        var from = 0;
        for (var next = 0; next < versions.Count; next++)
        {
            // From one version to the next.
            from = FirstFrom(versions[next], from);
            var until = next + 1 < versions.Count ? FirstFrom(versions[next + 1], from) : moments.Length;
            if (until > from && versions[next].Quantity > 0)
                held = (held?.First ?? from, until - 1);
        }

        return held;
    }

    // The first moment at which a version counts.
    int FirstFrom(TotalsVersion version, int low)
    {
        var high = moments.Length;
        while (low < high)
        {
            var middle = low + (high - low) / 2;
            if (version.CountsAt(moments[middle]))
                high = middle;
            else
                low = middle + 1;
        }

        return low;
    }

    /// <summary>Adds an instrument.</summary>
    /// <param name="versions">As for <see cref="HeldAt"/>.</param>
    /// <param name="closes">The earliest first, from one before it was first held, if there is any.</param>
    /// <param name="splits">All of its splits, the earliest first.</param>
    public void Add(IReadOnlyList<TotalsVersion> versions, ReadOnlySpan<DatedClose> closes, IReadOnlyList<SplitFactor> splits)
    {
        var now = TotalsVersion.None;
        decimal value = 0;
        // Nothing is added before the first version.
        for (
            int i = versions.Count == 0 ? moments.Length : FirstFrom(versions[0], 0), nextVersion = 0, nextClose = 0;
            i < moments.Length;
            i++
        )
        {
            var changed = false;
            var before = now;
            while (nextVersion < versions.Count && versions[nextVersion].CountsAt(moments[i]))
                now = versions[nextVersion++];
            if (now != before)
            {
                changed = true;
                cash[i] += now.Cash - before.Cash;
                deposits[i] += now.Deposits - before.Deposits;
                withdrawals[i] += now.Withdrawals - before.Withdrawals;
                realised[i] += now.Realised - before.Realised;
                realisedLong[i] += now.RealisedLong - before.RealisedLong;
            }

            for (; nextClose < closes.Length && closes[nextClose].Date <= moments[i].LastDay; nextClose++)
                changed = true;
            if (changed)
                value = now.Quantity == 0 ? 0 : now.Quantity * PriceOf(now, nextClose == 0 ? null : closes[nextClose - 1], splits);
            if (value != 0)
                market[i] += value;
        }
    }

    /// <summary>The totals, in the order of the moments.</summary>
    public IReadOnlyList<Totals> Read()
    {
        var totals = new Totals[moments.Length];
        decimal sumCash = 0,
            sumDeposits = 0,
            sumWithdrawals = 0,
            sumRealised = 0,
            sumLong = 0;
        for (var i = 0; i < totals.Length; i++)
        {
            sumCash += cash[i];
            sumDeposits += deposits[i];
            sumWithdrawals += withdrawals[i];
            sumRealised += realised[i];
            sumLong += realisedLong[i];
            totals[i] = new(
                i,
                Rounded(sumCash),
                Rounded(market[i]),
                Rounded(sumDeposits),
                Rounded(sumWithdrawals),
                Rounded(sumRealised),
                Rounded(sumLong)
            );
        }

        return totals;
    }

    // As in the statement for a few moments: the close for current units, or the price of the last trade.
    decimal PriceOf(TotalsVersion version, DatedClose? close, IReadOnlyList<SplitFactor> splits)
    {
        if (close is not { } known)
            return version.TradePrice ?? 0;
        if (version.SplitAt is not { } split || Moment.EndOf(known.Date, zone) is var end && split <= end)
            return known.Close;
        decimal factor = 1;
        for (var i = 0; i < splits.Count && splits[i].At <= end; i++)
            factor = splits[i].Factor;
        return Math.Round(known.Close * factor / version.SplitFactor, Amounts.CostDecimals);
    }

    static decimal Rounded(decimal amount) => Math.Round(amount, Amounts.CostDecimals, MidpointRounding.AwayFromZero);
}
