using FunctionsApp.Core.Tests.Keys;
using FunctionsApp.Core.Tickets;

namespace FunctionsApp.Core.Tests.Tickets;

public sealed class TicketServiceTests
{
    static readonly TicketCodes Codes = new(TestKeys.Configured);

    [Fact]
    public void Two_sources_of_the_same_kind_are_rejected_with_both_names()
    {
        var rejected = Assert.Throws<InvalidOperationException>(() => new TicketService([new Buses('b'), new Boats('b')], Codes));

        Assert.Contains(nameof(Buses), rejected.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(Boats), rejected.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_code_of_a_kind_that_no_source_issues_is_unprocessable()
    {
        var service = new TicketService([new Buses('b'), new Boats('o')], Codes);
        Assert.Equal(['b', 'o'], service.Kinds.Order());
        var code = Codes.Sign(new('x', Guid.CreateVersion7(), Guid.CreateVersion7()));

        var refused = await Assert.ThrowsAsync<RefusedException>(() =>
            service.VerifyAsync(code, Guid.CreateVersion7(), null, TestContext.Current.CancellationToken)
        );

        Assert.Equal(Refusal.Unprocessable, refused.Refusal);
    }

    [Fact]
    public async Task A_code_is_verified_by_the_source_of_its_kind()
    {
        var service = new TicketService([new Buses('b'), new Boats('o')], Codes);
        var ticket = Guid.CreateVersion7();
        var code = Codes.Sign(new('o', Guid.CreateVersion7(), ticket));

        var used = await service.VerifyAsync(code, Guid.CreateVersion7(), " Pier 1 ", TestContext.Current.CancellationToken);

        Assert.Equal((ticket, nameof(Boats), "Pier 1"), (used.Id, Assert.Single(used.Seats), used.Use.Place));
    }

    sealed class Buses(char kind) : ITicketSource
    {
        public char Kind => kind;

        public Task<IReadOnlyList<TicketSummary>> ReadTicketsAsync(
            Guid userId,
            Guid? before,
            int limit,
            CancellationToken cancellationToken
        ) => Task.FromResult<IReadOnlyList<TicketSummary>>([]);

        public Task<UsedTicket> UseAsync(TicketCode code, Guid inspector, string? place, CancellationToken cancellationToken) =>
            Task.FromResult(new UsedTicket(code.Ticket, new(DateTime.UnixEpoch, inspector, place), [nameof(Buses)], []));
    }

    sealed class Boats(char kind) : ITicketSource
    {
        public char Kind => kind;

        public Task<IReadOnlyList<TicketSummary>> ReadTicketsAsync(
            Guid userId,
            Guid? before,
            int limit,
            CancellationToken cancellationToken
        ) => Task.FromResult<IReadOnlyList<TicketSummary>>([]);

        public Task<UsedTicket> UseAsync(TicketCode code, Guid inspector, string? place, CancellationToken cancellationToken) =>
            Task.FromResult(new UsedTicket(code.Ticket, new(DateTime.UnixEpoch, inspector, place), [nameof(Boats)], []));
    }
}
