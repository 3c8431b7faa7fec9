namespace FunctionsApp.LoadTest.Search;

/// <summary>
/// Finds the highest rate that passes: doubles until a rate fails, then bisects, then confirms the result with a longer attack. A rate
/// fails if two attacks in a row fail, because a single one may be disturbed by the machine. The state is a function of the outcomes, so
/// an interrupted search continues from those that were kept.
/// </summary>
sealed class RateSearch
{
    /// <summary>The lowest rate that is tried, in requests per second. A Vegeta rate is a whole number.</summary>
    public const double Lowest = 1;

    /// <summary>After a failed confirmation the next one is at this part of its rate.</summary>
    const double StepBack = 0.9;

    readonly double start,
        highest,
        tolerance;
    double? passed,
        failed,
        suspected,
        confirmed;
    bool confirming;

    /// <param name="start">The first rate.</param>
    /// <param name="highest">No higher rate is tried.</param>
    /// <param name="tolerance">The search ends when a failing rate is at most this much higher than a passing one, such as 0.1.</param>
    public RateSearch(double start, double highest, double tolerance)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(start, Lowest);
        ArgumentOutOfRangeException.ThrowIfLessThan(highest, start);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(tolerance);
        (this.start, this.highest, this.tolerance) = (start, highest, tolerance);
    }

    /// <summary>Whether the search has ended.</summary>
    public bool IsDone => confirmed is not null || IsImpossible;

    /// <summary>Whether even the lowest rate failed.</summary>
    public bool IsImpossible => failed <= Lowest;

    /// <summary>The highest rate that passed and was confirmed; null before, or if there is none.</summary>
    public double? Result => confirmed;

    /// <summary>The next attack; null when the search has ended.</summary>
    public (double Rate, bool Confirms)? Next
    {
        get
        {
            if (IsDone)
                return null;
            if (suspected is { } again)
                return (again, confirming);
            if (confirming)
                return (passed!.Value, true);
            return failed switch
            {
                null => (passed is { } high ? Math.Min(high * 2, highest) : start, false),
                { } bound when passed is { } low => (Whole((low + bound) / 2), false),
                { } bound => (Math.Max(Lowest, Whole(bound / 2)), false),
            };
        }
    }

    /// <summary>Takes the outcome of an attack into account.</summary>
    public void Add(AttackOutcome outcome)
    {
        if (!outcome.Passed && suspected != outcome.Rate)
        {
            suspected = outcome.Rate;
            return;
        }

        suspected = null;
        if (outcome is { Confirms: true, Passed: true })
            confirmed = outcome.Rate;
        else if (outcome.Passed)
            passed = outcome.Rate;
        else
        {
            failed = outcome.Rate;
            if (outcome.Confirms)
                passed = Math.Max(Lowest, Whole(outcome.Rate * StepBack));
        }

        confirming = confirming || passed is { } low && (low >= highest || IsClose(low));
    }

    bool IsClose(double low) => failed is { } bound && (bound <= low * (1 + tolerance) || Whole((low + bound) / 2) <= low);

    static double Whole(double rate) => Math.Floor(rate);
}
