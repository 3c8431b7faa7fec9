namespace FunctionsApp.Core.Trains;

/// <summary>The settings under <c>Trains</c>.</summary>
public sealed class TrainOptions : ISettings
{
    /// <summary>How many tickets may wait for a seat, in each class of a run.</summary>
    public int WaitlistLimit { get; set; } = 100;

    /// <exception cref="ConfigurationException">A setting is out of range.</exception>
    public void Check() =>
        ConfigurationException.Require(WaitlistLimit is >= 0 and <= 10_000, "Trains__WaitlistLimit", "must be 0 to 10000");
}
