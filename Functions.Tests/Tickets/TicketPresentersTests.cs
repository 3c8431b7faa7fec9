using FunctionsApp.Core.Tickets;
using FunctionsApp.Functions.Tests.Servers;
using FunctionsApp.Functions.Tickets;

namespace FunctionsApp.Functions.Tests.Tickets;

[OwnServer]
public sealed class TicketPresentersTests
{
    [Fact]
    public void Presenters_of_all_kinds_are_accepted_in_their_order() =>
        Assert.Equal(["bus", "boat"], Of([new('b', "bus"), new('o', "boat")]).All.Select(presenter => presenter.Name));

    [Fact]
    public void A_kind_without_a_presenter_is_rejected() => Rejected("Tickets of the kind 'o' have no ITicketPresenter", [new('b', "bus")]);

    [Fact]
    public void Two_presenters_of_the_same_kind_are_rejected() =>
        Rejected("show tickets of the same kind", [new('b', "bus"), new('b', "boat"), new('o', "boat")]);

    [Fact]
    public void A_presenter_of_a_kind_that_no_module_issues_is_rejected() =>
        Rejected("of a kind that no ITicketSource issues", [new('b', "bus"), new('o', "boat"), new('x', "taxi")]);

    [Theory]
    [InlineData("bus")]
    [InlineData("kind")]
    public void A_name_that_is_taken_is_rejected(string name) => Rejected($"has the name '{name}'", [new('b', "bus"), new('o', name)]);

    static void Rejected(string message, IReadOnlyList<Presenter> presenters) =>
        Assert.Contains(message, Assert.Throws<InvalidOperationException>(() => Of(presenters)).Message, StringComparison.Ordinal);

    static TicketPresenters Of(IReadOnlyList<Presenter> presenters) =>
        new(new TicketService([new Source('b'), new Source('o')], null!), presenters);

    sealed record Presenter(char Kind, string Name) : ITicketPresenter
    {
        public string Description => "";

        public Type Contract => typeof(string);

        public object Example => "";

        public object Present(TicketSummary summary) => "";
    }

    sealed record Source(char Kind) : ITicketSource
    {
        public Task<IReadOnlyList<TicketSummary>> ReadTicketsAsync(
            Guid userId,
            Guid? before,
            int limit,
            CancellationToken cancellationToken
        ) => throw new NotSupportedException();

        public Task<UsedTicket> UseAsync(TicketCode code, Guid inspector, string? place, CancellationToken cancellationToken) =>
            throw new NotSupportedException();
    }
}
