using System.Text.Json.Serialization;

namespace FunctionsApp.Functions.Parking;

/// <summary>How the module's bodies are read and written.</summary>
[JsonSerializable(typeof(NewLot))]
[JsonSerializable(typeof(ParkingLot))]
[JsonSerializable(typeof(NewTicket))]
[JsonSerializable(typeof(ParkingTicket))]
[JsonSerializable(typeof(Guid))]
public sealed partial class ParkingJson : JsonSerializerContext;
