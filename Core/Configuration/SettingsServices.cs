using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace FunctionsApp.Core;

/// <summary>Registers the settings of modules.</summary>
public static class SettingsServices
{
    /// <summary>
    /// Binds and checks the section <paramref name="section"/> immediately, so that nothing starts with an invalid setting, and registers
    /// <typeparamref name="T"/> as a singleton. Several types may share a section.
    /// </summary>
    /// <exception cref="ConfigurationException">A value cannot be parsed or is out of range. The message names the environment variable and
    /// the accepted values.</exception>
    public static IServiceCollection AddSettings<T>(this IServiceCollection services, IConfiguration configuration, string section)
        where T : class, ISettings, new()
    {
        services.AddSingleton(new SettingsSection(section, typeof(T)));
        services.TryAddSingleton(SettingsReader.Read<T>(configuration.GetSection(section)));
        return services;
    }

    /// <summary>Registers <see cref="UnknownSettings"/>. Call it after all sections have been added.</summary>
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
