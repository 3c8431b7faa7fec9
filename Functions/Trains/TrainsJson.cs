using System.Text.Json.Serialization;
using Core;

namespace Functions.Trains;

/// <summary>How the module's bodies are read and written.</summary>
[JsonSerializable(typeof(NewRun))]
[JsonSerializable(typeof(Run))]
[JsonSerializable(typeof(Page<TrainConnection>))]
[JsonSerializable(typeof(SeatMap))]
[JsonSerializable(typeof(NewTrainTicket))]
[JsonSerializable(typeof(TrainTicketAnswer))]
[JsonSerializable(typeof(DateOnly))]
public sealed partial class TrainsJson : JsonSerializerContext;
