namespace FunctionsApp.LoadTest.Service;

/// <summary>A confirmed train ticket.</summary>
/// <param name="Code">The content of its QR code.</param>
sealed record BoughtTicket(Account Owner, string Run, string Id, string Code);
