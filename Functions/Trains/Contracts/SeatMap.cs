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

/// <summary>A seat.</summary>
/// <param name="Seat">The label of the seat.</param>
/// <param name="Coach">The label of its coach.</param>
/// <param name="Number">Its number in the coach.</param>
/// <param name="Class">Its class.</param>
/// <param name="Free">Whether it is free between the two stations.</param>
public sealed record SeatOnMap(string Seat, string Coach, int Number, string Class, bool Free);
