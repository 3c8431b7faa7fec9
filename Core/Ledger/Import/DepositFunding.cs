namespace FunctionsApp.Core.Ledger;

/// <summary>Adds the deposits that purchases need: on each day what is missing for all of it, at the first moment that needs it.</summary>
sealed class DepositFunding(PortfolioChange change)
{
    // The deposits of one statement.
    const int BatchSize = 5_000;

    const string Note = "Added to fund imported purchases";

    /// <returns>The number and the sum of the deposits.</returns>
    public async Task<(int Count, decimal Sum)> AddAsync(DateTime now)
    {
        var needs = CashFunding.Needs(await change.Cash.ReadDaysAsync());
        if (needs.Count == 0)
            return default;
        EntryPosition? first = null;
        foreach (var batch in needs.Chunk(BatchSize))
        {
            var deposits = await DepositsOfAsync(batch, now);
            await change.Entries.AddDepositsAsync(deposits);
            change.Cash.UpdateDays([.. batch.Select(need => need.Day)]);
            change.Cash.UpdateFlows([.. deposits.Select(deposit => deposit.At)], change.Portfolio.Settings.Zone);
            // Needs are in the order of their days.
            first ??= deposits[0].EntryPosition;
        }

        await new Recalculation(change).RecalculateAsync(Instrument.CashAccount, first!.Value);
        return (needs.Count, needs.Sum(need => need.Amount));
    }

    async Task<LedgerEntry[]> DepositsOfAsync(FundingNeed[] needs, DateTime now)
    {
        var moments = await change.Cash.ReadFirstOverdraftsAsync(
            [.. needs.Select(need => need.Day)],
            [.. needs.Select(need => need.Opening)]
        );
        return
        [
            .. needs.Select(need => new LedgerEntry(
                Guid.CreateVersion7(),
                EntryKind.Deposit,
                moments[need.Day],
                Symbol: null,
                Isin: null,
                Quantity: null,
                Price: null,
                need.Amount,
                Charges: null,
                Ratio: null,
                Per: null,
                Note,
                now
            )),
        ];
    }
}
