namespace FunctionsApp.Core.Trains;

/// <summary>The part of a run from one stop to a later one.</summary>
/// <param name="Starts">Index of the stop, from 0.</param>
/// <param name="Ends">Index of the stop, from 0.</param>
public readonly record struct Segment(int Starts, int Ends)
{
    public int Length => Ends - Starts;

    public bool Contains(Segment other) => Starts <= other.Starts && Ends >= other.Ends;

    public bool Overlaps(Segment other) => Starts < other.Ends && other.Starts < Ends;
}
