namespace FunctionsApp.Core.Trains;

/// <summary>A journey and its passengers, as requested.</summary>
public sealed record TicketRequest(Guid UserId, string Class, Segment Segment, IReadOnlyList<string> Passengers, string? Key);
