using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace FunctionsApp.Core;

/// <summary>How a module reads its settings.</summary>
public static class SettingsServices
{
    /// <summary>
    /// Reads and checks the section <paramref name="section"/> at once, so that nothing starts with a wrong setting, and makes
    /// <typeparamref name="T"/> available as a singleton. Several types may share a section.
    /// </summary>
    /// <exception cref="ConfigurationException">A value is not of its kind or out of range. The message names the environment variable and
    /// the accepted values.</exception>
    public static IServiceCollection AddSettings<T>(this IServiceCollection services, IConfiguration configuration, string section)
        where T : class, ISettings, new()
    {
        services.AddSingleton(new SettingsSection(section, typeof(T)));
        services.TryAddSingleton(SettingsReader.Read<T>(configuration.GetSection(section)));
        return services;
    }

    /// <summary>Makes <see cref="UnknownSettings"/> available, once all sections have been added.</summary>
    public static IServiceCollection AddUnknownSettings(this IServiceCollection services, IConfiguration configuration) =>
        services.AddSingleton(
            new UnknownSettings(
                SettingsReader.FindUnknown(
                    configuration,
                    services.Select(service => service.ImplementationInstance).OfType<SettingsSection>()
                )
            )
        );
}
