namespace FunctionsApp.Core.Trains;

/// <summary>A seat of a run.</summary>
/// <param name="Ordinal">Through the whole train, from 1; seats of a coach have consecutive ones.</param>
/// <param name="Number">In its coach, from 1.</param>
public sealed record Seat(int Ordinal, string Class, string Coach, int Number)
{
    /// <summary>As tickets name it, such as <c>B2-14</c>.</summary>
    public string Label => $"{Coach}-{Number}";
}
