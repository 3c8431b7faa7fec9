namespace FunctionsApp.Core;

/// <summary>
/// Settings of one section, such as <c>Trains</c> for the environment variable <c>Trains__WaitlistLimit</c>. Each public property is a
/// setting; its value here is the default. <see cref="SettingsServices.AddSettings{T}"/> reads and
/// checks it before anything else starts.
/// </summary>
public interface ISettings
{
    /// <summary>Rejects values and combinations that the types allow but that make no sense.</summary>
    /// <exception cref="ConfigurationException">A value is out of range. The message names the environment variable and the accepted
    /// values.</exception>
    void Check();
}
