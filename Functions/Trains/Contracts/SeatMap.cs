using FunctionsApp.Core.Trains;
using FunctionsApp.Functions.Hosting;

namespace FunctionsApp.Functions.Trains;

/// <summary>The seats of a run.</summary>
/// <param name="Seats">The seats, by coach and number.</param>
public sealed record SeatMap(IReadOnlyList<SeatOnMap> Seats) : IExample<SeatMap>
{
    public static SeatMap Example => new([new("A1-1", "A1", 1, "2A", true)]);

    public static SeatMap From(IReadOnlyList<(Seat Seat, bool Free)> seats) =>
        new([.. seats.Select(one => new SeatOnMap(one.Seat.Label, one.Seat.Coach, one.Seat.Number, one.Seat.Class, one.Free))]);
}
