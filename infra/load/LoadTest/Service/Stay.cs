namespace FunctionsApp.LoadTest.Service;

/// <summary>A vehicle in a parking lot.</summary>
sealed record Stay(Account Owner, string Lot, string Id);
