using System.ComponentModel;
using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace FunctionsApp.Core;

/// <summary>Strictly binds a configuration section to a type, and finds names that are not settings.</summary>
static class SettingsReader
{
    /// <summary>Reads and checks a section.</summary>
    /// <exception cref="ConfigurationException">A value cannot be parsed or is out of range. The message names the environment
    /// variable.</exception>
    public static T Read<T>(IConfigurationSection section)
        where T : class, ISettings, new()
    {
        Inspect(section, [typeof(T)], []);
        var settings = new T();
        section.Bind(settings);
        settings.Check();
        return settings;
    }

    /// <summary>The names in the sections that are not settings of any type of the section.</summary>
    public static List<string> FindUnknown(IConfiguration configuration, IEnumerable<SettingsSection> declared)
    {
        var unknown = new List<string>();
        foreach (var section in declared.ToLookup(section => section.Name, section => section.Type))
            Inspect(configuration.GetSection(section.Key), [.. section], unknown);
        return unknown;
    }

    static void Inspect(IConfigurationSection section, Type[] types, List<string> unknown)
    {
        foreach (var value in section.GetChildren())
        {
            var property = types.Select(type => Property(type, value.Key)).FirstOrDefault(found => found is not null);
            if (property is null)
                unknown.Add(Variable(value));
            else
                Inspect(value, Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType, unknown);
        }
    }

    static void Inspect(IConfigurationSection value, Type type, List<string> unknown)
    {
        if (TypeDescriptor.GetConverter(type).CanConvertFrom(typeof(string)))
        {
            if (value.Value is { } text && !IsOf(type, text))
                throw new ConfigurationException($"{Variable(value)} is '{text}'. It must be {Form(type)}.");
            unknown.AddRange(value.GetChildren().Select(Variable));
        }
        else if (Item(type) is { } item)
        {
            if (value.Value is { Length: > 0 })
                throw new ConfigurationException($"{Variable(value)} is a list. Set {Variable(value)}__0, {Variable(value)}__1 and so on.");
            foreach (var element in value.GetChildren())
                Inspect(element, item, unknown);
        }
        else
        {
            Inspect(value, [type], unknown);
        }
    }

    static PropertyInfo? Property(Type type, string name) =>
        type.GetProperty(name, BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase)
            is { SetMethod.IsPublic: true } property
            ? property
            : null;

    static Type? Item(Type type) =>
        type.IsArray
            ? type.GetElementType()
            : type.GetInterfaces()
                .Append(type)
                .FirstOrDefault(one => one.IsGenericType && one.GetGenericTypeDefinition() == typeof(IEnumerable<>))
                ?.GenericTypeArguments[0];

    static bool IsOf(Type type, string text)
    {
        // A plain number would be parsed as days.
        if (type == typeof(TimeSpan) && !text.Contains(':', StringComparison.Ordinal))
            return false;
        try
        {
            var value = TypeDescriptor.GetConverter(type).ConvertFromInvariantString(text);
            return !type.IsEnum || Enum.IsDefined(type, value!);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or NotSupportedException or OverflowException)
        {
            return false;
        }
    }

    static string Form(Type type) =>
        type == typeof(bool) ? "true or false"
        : type == typeof(TimeSpan) ? "a time such as 00:00:30 (hours, minutes, seconds) or 30.00:00:00 (with days)"
        : type.IsEnum ? string.Join(" or ", Enum.GetNames(type).Select(name => name.ToLowerInvariant()))
        : type == typeof(double) || type == typeof(decimal) || type == typeof(float) ? "a number such as 2.5"
        : type.IsPrimitive ? "a whole number"
        : $"a {type.Name}";

    static string Variable(IConfigurationSection section) => section.Path.Replace(":", "__", StringComparison.Ordinal);
}
