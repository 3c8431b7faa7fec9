using FunctionsApp.Functions.Ledger;

namespace FunctionsApp.Functions.Tests.Ledger;

/// <summary>Each value of the core's enums has one of its own in the API.</summary>
public sealed class LedgerContractTests
{
    [Fact]
    public void Each_kind_of_entry_maps_to_the_API_and_back() =>
        Assert.All(Enum.GetValues<Core.Ledger.EntryKind>(), kind => Assert.Equal(kind, EntryKinds.ToCore(EntryKinds.From(kind))));

    [Fact]
    public void Each_interval_maps_to_the_API_and_back() =>
        Assert.All(Enum.GetValues<Core.Ledger.Interval>(), interval => Assert.Equal(interval, Intervals.ToCore(Intervals.From(interval))));

    [Fact]
    public void Each_source_of_prices_maps_to_the_API() =>
        Assert.Equal(
            Enum.GetValues<PriceSource>(),
            Enum.GetValues<Core.Ledger.PriceSource>().Select(source => PriceSources.From(source)).Order()
        );

    [Fact]
    public void Each_term_maps_to_the_API() =>
        Assert.Equal(Enum.GetValues<Term>(), Enum.GetValues<Core.Ledger.Term>().Select(term => Terms.From(term)).Order());

    [Fact]
    public void Kinds_of_entries_are_all_those_of_the_core() =>
        Assert.Equal(Enum.GetValues<EntryKind>().Length, Enum.GetValues<Core.Ledger.EntryKind>().Length);
}
