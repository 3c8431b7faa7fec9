namespace FunctionsApp.Core.Ledger;

/// <summary>
/// The time-weighted rate of return: the gain of one unit of money that stayed from the first flow on, independent of what was paid in or
/// out besides. External flows divide time into sub-periods; the growth of each is its value at the end, before the flow, by its value at
/// the beginning, after the flow before, and the return is the product of these factors less 1:
/// <code>(V1 / (V0 + F0)) * (V2 / (V1 + F1)) * ... * (Vn / (Vn-1 + Fn-1)) - 1</code>
/// </summary>
/// <remarks>
/// The "true" time-weighted return, with a valuation at each external flow: CFA Institute, Global Investment Performance Standards (GIPS)
/// for Firms 2020, glossary, "time-weighted return"; the method goes back to P. O. Dietz, Pension Funds: Measuring Investment Performance
/// (1966), and the Bank Administration Institute's study of 1968. Not per year: the return of all the time since the first flow.
/// </remarks>
public static class TimeWeightedReturn
{
    /// <summary>The chain after the next flow.</summary>
    /// <param name="chain">Null before the first flow.</param>
    /// <param name="valueBefore">The total value right before the flow. At the first flow it is part of what the chain begins with.</param>
    /// <param name="flow">Positive: paid in. Negative: taken out. The deposits of one moment are one flow, and its withdrawals
    /// another.</param>
    /// <exception cref="OverflowException">The value after the flow is none that a decimal holds.</exception>
    public static ReturnChain Next(ReturnChain? chain, decimal valueBefore, decimal flow) =>
        new(Growth(chain, valueBefore), valueBefore + flow);

    /// <summary>
    /// The return from the first flow to now: 0.1 is 10%, -1 is all. Null before the first flow, and if it is larger than any number.
    /// </summary>
    /// <param name="value">The total value now.</param>
    public static double? Of(ReturnChain? chain, decimal value) =>
        chain is not null && Growth(chain, value) is var growth && double.IsFinite(growth) ? growth - 1 : null;

    /// <summary>
    /// A sub-period that begins with nothing has no factor. One that begins with something and ends with nothing, or with debts, has the
    /// factor 0, and from then on the return is -100%, even if more is paid in later.
    /// </summary>
    static double Growth(ReturnChain? chain, decimal value) =>
        chain switch
        {
            null => 1,
            { ValueAfter: <= 0 } nothing => nothing.Growth,
            { } something => value <= 0 ? 0 : something.Growth * ((double)value / (double)something.ValueAfter),
        };
}
