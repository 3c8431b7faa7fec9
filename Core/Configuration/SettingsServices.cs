using Microsoft.Extensions.DependencyInjection;

namespace FunctionsApp.Core;

/// <summary>How a module declares its settings.</summary>
public static class SettingsServices
{
    /// <summary>
    /// Makes <typeparamref name="T"/> available as a singleton, with the values of the section
    /// <paramref name="section"/>.
    /// </summary>
    public static IServiceCollection AddSettings<T>(this IServiceCollection services, string section)
        where T : class, ISettings, new() => services.AddSingleton(new SettingsSection(section, typeof(T)));
}
