using System.Runtime.InteropServices;

namespace FunctionsApp.Core.Ledger;

/// <summary>
/// The money-weighted rate of return per year, the internal rate of return of dated flows as spreadsheets' XIRR: the rate r > -1 at which
/// the flows, each compounded by (1 + r)^(days / 365) from its day to the last, add up to the final value.
/// </summary>
/// <remarks>
/// <para>
/// The definition (actual/365, whole days from the first flow) is that of the function XIRR in OpenDocument 1.3, part 4 (OpenFormula).
/// Netted by day, flows with one change of sign have at most one such rate (Descartes' rule of signs). With several, a rate is the only one
/// if the balance compounded at it never goes to the other side before the end, a pure investment: D. Teichroew, A. A. Robichek, M.
/// Montalbano, "An Analysis of Criteria for Investment and Financing Decisions under Certainty", Management Science 12 (1965), 151-179. For
/// all others the rates within the range are counted.
/// </para>
/// <para>
/// The unknown is x = ln(1 + r). What is paid in and what comes back are summed apart, each worth at the first day for x ≥ 0 and at the
/// last for x &lt; 0, so that no factor is above 1 and nothing overflows. Newton's method finds the zero of the logarithm of their ratio,
/// which is a straight line for one deposit and one withdrawal and close to one for most others; its steps stay within a bracket that
/// shrinks, by halves where they do not serve (W. H. Press et al., Numerical Recipes, 3rd ed., 9.4, rtsafe).
/// </para>
/// </remarks>
public static class Xirr
{
    /// <summary>The lowest rate that is searched for: -99.99% per year.</summary>
    public const double LowestRate = -0.9999;

    /// <summary>The highest rate that is searched for: 1,000,000% per year.</summary>
    public const double HighestRate = 10_000;

    const double DaysOfYear = 365;
    const int MostSteps = 200;

    // Where rates are counted: pieces of this width of x that may hold one are not halved further, and neighboring ones are one rate.
    const double LeastWidth = 1e-7;
    const int MostPieces = 4096;

    static readonly double Lowest = Math.Log(1 + LowestRate);
    static readonly double Highest = Math.Log(1 + HighestRate);

    /// <param name="flows">In any order; several may share a day.</param>
    /// <param name="value">The value of the portfolio at the end of <paramref name="day"/>, after the flows of that day.</param>
    /// <exception cref="ArgumentException">The value is below 0, or a flow is after its day.</exception>
    /// <exception cref="OverflowException">The flows of one day have a sum that no decimal holds.</exception>
    public static RateOfReturn Of(IReadOnlyList<CashFlow> flows, decimal value, DateOnly day) => Of(flows, value, day, out _);

    /// <inheritdoc cref="Of(IReadOnlyList{CashFlow}, decimal, DateOnly)"/>
    /// <param name="sums">How often all flows were summed, which is what it costs.</param>
    internal static RateOfReturn Of(IReadOnlyList<CashFlow> flows, decimal value, DateOnly day, out int sums)
    {
        sums = 0;
        // Not ThrowIfNegative: a decimal has a negative zero, which sums of opposite amounts can be.
        ArgumentOutOfRangeException.ThrowIfLessThan(value, 0);
        if (flows.Count == 0)
            return None("There are no flows.");

        var days = Net(flows, value, day, out var first);
        if (first > day)
            throw new ArgumentException("A flow is after the day of the value.", nameof(flows));
        if (first == day)
            return None("No day has passed since the first flow.");

        var (changes, investment) = Signs(days);
        if (changes == 0)
            return None(investment ? "There is no rate: nothing came back." : "There is no rate: nothing was put in.");

        var net = new NetFlows(days);
        Worth low = net.At(Lowest),
            high = net.At(Highest);
        double? found = low.Sign * high.Sign <= 0 ? Zero(net, Lowest, low, Highest, high) : null;
        var rate =
            changes == 1 ? (found is { } only ? Rate(only) : OutOfRange)
            : found is { } one && net.StaysOnOneSide(one, investment) ? Rate(one)
            : Counted(net, low, high);
        sums = net.Sums;
        return rate;
    }

    static RateOfReturn OutOfRange => None("No rate from -99.99% to 1,000,000% per year fits these flows.");

    static RateOfReturn None(string reason) => new(null, reason);

    /// <summary>e^x - 1, also of a small x, where the difference would lose the digits.</summary>
    static RateOfReturn Rate(double x) => new(Math.Abs(x) < 1e-4 ? x * (1 + x / 2 * (1 + x / 3 * (1 + x / 4))) : Math.Exp(x) - 1, null);

    /// <summary>One sum per day, the value as taken out on its day, in the order of days, without those that are 0.</summary>
    /// <param name="first">The first day with a flow; of a flow after <paramref name="last"/>, if there is one.</param>
    static List<(int Day, double Amount)> Net(IReadOnlyList<CashFlow> flows, decimal value, DateOnly last, out DateOnly first)
    {
        var sorted = new List<CashFlow>(flows.Count + 1);
        sorted.AddRange(flows);
        sorted.Add(new(last, -value));
        var inOrder = true;
        for (var i = 1; i < sorted.Count; i++)
            inOrder &= sorted[i - 1].Day <= sorted[i].Day;
        if (!inOrder)
            sorted.Sort((one, other) => one.Day.CompareTo(other.Day));
        first = sorted[^1].Day > last ? sorted[^1].Day : sorted[0].Day;

        var days = new List<(int, double)>(sorted.Count);
        for (int i = 0, next; i < sorted.Count; i = next)
        {
            var sum = sorted[i].Amount;
            for (next = i + 1; next < sorted.Count && sorted[next].Day == sorted[i].Day; next++)
                sum += sorted[next].Amount;
            if (sum != 0)
                days.Add((sorted[i].Day.DayNumber, (double)sum));
        }

        return days;
    }

    static (int Changes, bool Investment) Signs(List<(int Day, double Amount)> days)
    {
        var changes = 0;
        for (var i = 1; i < days.Count; i++)
        {
            if (days[i].Amount > 0 != days[i - 1].Amount > 0)
                changes++;
        }

        return (changes, days.Count > 0 && days[0].Amount > 0);
    }

    /// <summary>The x between two of different sign at which what was paid in and what came back are worth the same.</summary>
    static double Zero(NetFlows net, double a, Worth atA, double b, Worth atB)
    {
        if (atA.Sign == 0)
            return a;
        if (atB.Sign == 0)
            return b;

        var x = a < 0 && b > 0 ? 0 : (a + b) / 2;
        for (var (step, size, before) = (0, b - a, b - a); step < MostSteps; step++)
        {
            var worth = net.At(x);
            if (worth.Sign == 0)
                return x;
            if (worth.Sign == atA.Sign)
                a = x;
            else
                b = x;

            var newton = worth.NewtonStep;
            // Newton's step, unless it leaves the bracket or steps no longer become half as long every second time.
            var next = x + newton;
            var bisected = !(next >= a && next <= b && Math.Abs(newton) <= before / 2);
            if (bisected)
                next = (a + b) / 2;
            (before, size) = (size, Math.Abs(next - x));
            x = next;
            // Newton's error after a step is in the order of the step's square: after this one it is below that of the sums.
            if (size <= (bisected ? 1e-16 : 1e-9))
                return x;
        }

        return x;
    }

    /// <summary>
    /// All rates of the range, by halving it until no piece is in doubt. On a piece, what is paid in and what comes back, and the slopes of
    /// both, only fall (or only rise), so that their values at its ends bound them: a piece has no zero where the bounds of the difference
    /// have one sign, and at most one where those of its slope have.
    /// </summary>
    static RateOfReturn Counted(NetFlows net, Worth low, Worth high)
    {
        double? found = null;
        var foundTo = double.NegativeInfinity;
        var middle = net.At(0);
        // The piece at the lowest x is on top.
        var pieces = new Stack<(double A, Worth AtA, double B, Worth AtB)>();
        pieces.Push((0, middle, Highest, high));
        pieces.Push((Lowest, low, 0, net.AtZeroFromBelow()));

        for (var seen = 0; pieces.TryPop(out var piece); seen++)
        {
            var (a, atA, b, atB) = piece;
            if (Worth.NoZeroBetween(atA, atB))
                continue;

            double from,
                to;
            if (Worth.MonotoneBetween(atA, atB))
            {
                if (atA.Sign * atB.Sign > 0)
                    continue;
                from = to = Zero(net, a, atA, b, atB);
            }
            else if (b - a <= LeastWidth)
            {
                (from, to) = (a, b);
            }
            else
            {
                if (seen >= MostPieces)
                    return Several;
                var half = (a + b) / 2;
                var atHalf = net.At(half);
                pieces.Push((half, atHalf, b, atB));
                pieces.Push((a, atA, half, atHalf));
                continue;
            }

            if (found is not null && from - foundTo > LeastWidth)
                return Several;
            found ??= (from + to) / 2;
            foundTo = to;
        }

        return found is { } x ? Rate(x) : OutOfRange;
    }

    static RateOfReturn Several => None("More than one rate fits these flows.");

    /// <summary>
    /// What was paid in and what came back, worth at one end of time (<see cref="NetFlows.At"/>), and each sum with its flows weighted by
    /// their distance from that end in years.
    /// </summary>
    readonly record struct Worth(double In, double Back, double InYears, double BackYears, bool AtFirst)
    {
        public int Sign => In.CompareTo(Back);

        /// <summary>From x to where the tangent of ln(In / Back) is 0; not a number or infinite where there is none.</summary>
        public double NewtonStep
        {
            get
            {
                // Near 1 the quotient would lose what the difference keeps.
                var height = Math.Abs(In - Back) < 1e-3 * Back ? Log1((In - Back) / Back) : Math.Log(In / Back);
                var slope = BackYears / Back - InYears / In;
                return AtFirst ? -height / slope : height / slope;
            }
        }

        public static bool NoZeroBetween(Worth a, Worth b) =>
            Math.Min(a.In, b.In) > Math.Max(a.Back, b.Back) || Math.Max(a.In, b.In) < Math.Min(a.Back, b.Back);

        public static bool MonotoneBetween(Worth a, Worth b) =>
            Math.Min(a.InYears, b.InYears) > Math.Max(a.BackYears, b.BackYears)
            || Math.Max(a.InYears, b.InYears) < Math.Min(a.BackYears, b.BackYears);

        static double Log1(double small) => small * (1 - small * (0.5 - small * (1.0 / 3 - small * (0.25 - small * (0.2 - small / 6)))));
    }

    /// <summary>Flows netted by day, ready to be valued at many rates.</summary>
    sealed class NetFlows
    {
        readonly double[] amounts;

        /// <summary>Years from each flow to the next.</summary>
        readonly double[] gaps;

        public NetFlows(List<(int Day, double Amount)> days)
        {
            amounts = new double[days.Count];
            gaps = new double[days.Count - 1];
            var all = CollectionsMarshal.AsSpan(days);
            for (var i = 0; i < all.Length; i++)
                amounts[i] = all[i].Amount;
            for (var i = 0; i < gaps.Length; i++)
                gaps[i] = (all[i + 1].Day - all[i].Day) / DaysOfYear;
        }

        /// <summary>How often the flows were summed.</summary>
        public int Sums { get; private set; }

        /// <summary>
        /// At the first day for x ≥ 0, at the last for x &lt; 0: by Horner's rule, with one exponential per run of equal
        /// gaps.
        /// </summary>
        public Worth At(double x) => x >= 0 ? AtFirst(x) : AtLast(x);

        /// <summary>At the last day, for x = 0 as the end of a piece of negative x.</summary>
        public Worth AtZeroFromBelow() => AtLast(0);

        Worth AtFirst(double x)
        {
            Sums++;
            var sums = new FlowSums(-x);
            sums.Add(amounts[^1]);
            for (var i = gaps.Length - 1; i >= 0; i--)
            {
                sums.Move(gaps[i]);
                sums.Add(amounts[i]);
            }

            return sums.Worth(atFirst: true);
        }

        Worth AtLast(double x)
        {
            Sums++;
            var sums = new FlowSums(x);
            sums.Add(amounts[0]);
            for (var i = 0; i < gaps.Length; i++)
            {
                sums.Move(gaps[i]);
                sums.Add(amounts[i + 1]);
            }

            return sums.Worth(atFirst: false);
        }

        /// <summary>
        /// Whether the balance compounded at this x, at which it ends at 0, is the investor's (or never is) from the first flow to the
        /// last. What is less than the error of the sums counts as 0.
        /// </summary>
        public bool StaysOnOneSide(double x, bool investment)
        {
            Sums++;
            // For x < 0 the balance is what came before, compounded; for x ≥ 0 what is still to come, discounted:
            // the same, and neither grows an error.
            var forward = x < 0;
            var sums = new FlowSums(forward ? x : -x);
            sums.Add(forward ? amounts[0] : amounts[^1]);
            for (var i = 0; i < gaps.Length; i++)
            {
                var ahead = sums.In - sums.Back;
                if ((forward == investment ? -ahead : ahead) > 1e-12 * (sums.In + sums.Back))
                    return false;
                sums.Move(forward ? gaps[i] : gaps[^(i + 1)]);
                sums.Add(forward ? amounts[i + 1] : amounts[^(i + 2)]);
            }

            return true;
        }
    }

    /// <summary>Sums of flows that move through time.</summary>
    struct FlowSums(double rate)
    {
        double gap = double.NaN,
            factor,
            inYears,
            backYears;

        public double In { get; private set; }

        public double Back { get; private set; }

        public void Add(double amount)
        {
            if (amount > 0)
                In += amount;
            else
                Back -= amount;
        }

        /// <summary>Every flow so far is this much further away, in years.</summary>
        public void Move(double years)
        {
            if (years != gap)
                (gap, factor) = (years, Math.Exp(rate * years));
            inYears = factor * (inYears + years * In);
            backYears = factor * (backYears + years * Back);
            In *= factor;
            Back *= factor;
        }

        public readonly Worth Worth(bool atFirst) => new(In, Back, inYears, backYears, atFirst);
    }
}
