using System.Text.Json.Serialization;
using FunctionsApp.Functions.Hosting;

namespace FunctionsApp.Functions.Trains;

/// <summary>How the module's bodies are read and written.</summary>
[JsonSerializable(typeof(NewRun))]
[JsonSerializable(typeof(Run))]
[JsonSerializable(typeof(Page<TrainConnection>))]
[JsonSerializable(typeof(SeatMap))]
[JsonSerializable(typeof(NewTrainTicket))]
[JsonSerializable(typeof(TrainTicketResponse))]
[JsonSerializable(typeof(DateOnly))]
public sealed partial class TrainsJson : JsonSerializerContext;
