namespace Core.Trains;

/// <summary>The settings under <c>Trains</c>.</summary>
public sealed class TrainOptions
{
    /// <summary>How many tickets may wait for a seat, in each class of a run.</summary>
    public int WaitlistLimit { get; set; } = 100;

    /// <exception cref="ConfigurationException">A setting is out of range.</exception>
    public void Check()
    {
        if (WaitlistLimit is < 0 or > 10_000) throw new ConfigurationException("Trains__WaitlistLimit must be 0 to 10000.");
    }
}
