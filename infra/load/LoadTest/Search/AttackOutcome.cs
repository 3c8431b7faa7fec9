namespace FunctionsApp.LoadTest.Search;

/// <summary>What an attack at a constant rate showed, as the search needs it.</summary>
/// <param name="Rate">The rate that was asked for, in requests per second.</param>
/// <param name="Passed">Whether the latency was within the objective and no request failed.</param>
/// <param name="Confirms">Whether it was a confirmation, which is longer.</param>
sealed record AttackOutcome(double Rate, bool Passed, bool Confirms);
