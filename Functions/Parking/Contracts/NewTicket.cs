using System.ComponentModel.DataAnnotations;
using FunctionsApp.Functions.Hosting;

namespace FunctionsApp.Functions.Parking;

/// <summary>A vehicle that enters.</summary>
/// <param name="Plate">The license plate: up to 16 letters and digits of any script. Case, spaces and hyphens are ignored.</param>
/// <param name="Vehicle">The kind of vehicle.</param>
public sealed record NewTicket(
    [property: StringLength(Core.Parking.Plate.MaxWrittenLength, MinimumLength = 1)] string Plate,
    Vehicle Vehicle
) : IExample<NewTicket>
{
    public static NewTicket Example => new("B-AB 1234", Vehicle.Car);
}
