using FsCheck.Xunit;
using FunctionsApp.Core.Trains;

namespace FunctionsApp.Core.Tests.Trains;

/// <summary>The stores, step by step, against a plain model that knows only seats, departures and the order of purchases.</summary>
public sealed class WaitlistModelTests(TrainsDatabase trains) : IClassFixture<TrainsDatabase>
{
    const int Last = TrainsDatabase.LastStop,
        Steps = 30;

    static readonly int[] Coaches = [2, 3];

    sealed class Traveler(TrainTicket ticket, int passengers)
    {
        public TrainTicket Ticket { get; } = ticket;

        public Segment Segment => Ticket.Segment;

        public int Passengers { get; } = passengers;

        public TrainTicketStatus Status { get; set; } = TrainTicketStatus.Waitlisted;

        public IReadOnlyList<int> Seats { get; set; } = [];
    }

    [Property(MaxTest = 12)]
    public async Task Each_ticket_matches_a_plain_model_after_every_step(int seed)
    {
        var random = new Random(seed);
        var run = await trains.NewRunOfTodayAsync(Coaches);
        var begin = trains.Time.GetUtcNow();
        // In some runs the train leaves stop after stop.
        var pace = random.Next(3) * 10;
        // The first stop that the train has not left.
        var next = 0;
        List<Traveler> travelers = [];
        for (var step = 0; step < Steps && next < Last; step++)
        {
            trains.Time.Advance(TimeSpan.FromMinutes(random.Next(pace + 1)));
            while (next < Last && begin.AddHours(next + 1) < trains.Time.GetUtcNow())
                next++;
            var living = travelers.Where(one => one.Status != TrainTicketStatus.Cancelled).ToList();
            if (living.Count > 0 && random.Next(3) == 0)
            {
                var one = living[random.Next(living.Count)];
                await trains.CancelAsync(one.Ticket);
                one.Status = TrainTicketStatus.Cancelled;
                foreach (
                    var waiting in travelers.Where(other => other.Status == TrainTicketStatus.Waitlisted && other.Segment.Starts >= next)
                )
                    Seat(run, travelers, waiting);
            }
            else if (next < Last)
            {
                var from = random.Next(next, Last);
                var passengers = random.Next(3) == 0 ? random.Next(2, 4) : 1;
                var one = new Traveler(await trains.BuyAsync(run, from, random.Next(from, Last) + 1, passengers), passengers);
                travelers.Add(one);
                Seat(run, travelers, one);
            }

            foreach (var one in travelers)
            {
                var ticket = await trains.ReadAsync(one.Ticket);
                Assert.Equal(one.Status, ticket.Status);
                if (one.Status == TrainTicketStatus.Confirmed)
                    Assert.Equal(one.Seats, ticket.Seats);
                Assert.Equal(
                    one.Status == TrainTicketStatus.Waitlisted
                        ? travelers.Where(other => other.Status == TrainTicketStatus.Waitlisted).ToList().IndexOf(one) + 1
                        : null,
                    ticket.Position
                );
            }
        }
    }

    // Segment by segment: which seats are free, and how far to either side.
    static void Seat(TrainRun run, List<Traveler> travelers, Traveler one)
    {
        List<FreeSeat> fitting = [];
        foreach (var seat in run.Seats)
        {
            bool Free(int segment) =>
                segment is >= 0 and < Last
                && !travelers.Any(other =>
                    other.Status == TrainTicketStatus.Confirmed
                    && other.Seats.Contains(seat.Ordinal)
                    && other.Segment.Starts <= segment
                    && other.Segment.Ends > segment
                );

            if (!Enumerable.Range(one.Segment.Starts, one.Segment.Length).All(Free))
                continue;
            int starts = one.Segment.Starts,
                ends = one.Segment.Ends;
            while (Free(starts - 1))
                starts--;
            while (Free(ends))
                ends++;
            fitting.Add(new(seat, new(starts, ends)));
        }

        // One passenger by hand, as the statement chooses; for more, the rule, which has its own tests.
        var seats =
            one.Passengers == 1
                ? fitting
                    .OrderBy(free => free.Free.Length)
                    .ThenBy(free => free.Free.Starts)
                    .ThenBy(free => free.Seat.Ordinal)
                    .Take(1)
                    .Select(free => free.Seat.Ordinal)
                    .ToList()
                : SeatChoice.Choose(fitting, one.Segment, one.Passengers)?.Select(free => free.Seat.Ordinal).ToList() ?? [];
        if (seats.Count < one.Passengers)
            return;
        (one.Status, one.Seats) = (TrainTicketStatus.Confirmed, seats);
    }
}
