using System.Globalization;
using System.Security;
using System.Text;

namespace FunctionsApp.Functions.Ledger;

/// <summary>A portfolio at the end of a day.</summary>
/// <param name="Total">What it is worth.</param>
/// <param name="Invested">What was paid in until then, less what was taken out.</param>
public sealed record ChartPoint(DateOnly Day, decimal Total, decimal Invested);
