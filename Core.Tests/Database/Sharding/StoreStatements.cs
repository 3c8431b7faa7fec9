using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;
using FunctionsApp.Core.Database;

namespace FunctionsApp.Core.Tests.Database;

/// <summary>
/// All SQL statements of the core: its string literals, the values of its static fields, and the results of static methods that build a
/// statement from flags.
/// </summary>
static partial class StoreStatements
{
    /// <summary>Statements of tables, each with parameters <c>$1</c>, <c>$2</c>, … Those that manage a cluster are left out.</summary>
    public static IReadOnlyList<string> Read()
    {
        var texts = new HashSet<string>(Literals().Concat(Fields()).Concat(Built()), StringComparer.Ordinal);
        string[] statements =
        [
            .. texts
                .SelectMany(text => text.Split(';'))
                .Select(text => text.Trim())
                .Where(text => Statement().IsMatch(text) && !Management().IsMatch(text))
                .Select(Numbered)
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal),
        ];
        // The literals of a text that is put together at run time are the beginnings of that text.
        return
        [
            .. statements.Where(one => !Array.Exists(statements, other => other != one && other.StartsWith(one, StringComparison.Ordinal))),
        ];
    }

    /// <summary>Statements that create the temporary tables of imports.</summary>
    public static IReadOnlyList<string> ReadTemporaryTables() =>
        [
            .. Literals()
                .Where(text => text.StartsWith("create temporary table", StringComparison.Ordinal))
                .Select(text => text.Replace("on commit drop", "", StringComparison.Ordinal)),
        ];

    // The text of each literal, with all constants in it.
    static IEnumerable<string> Literals()
    {
        using var file = new PEReader(File.OpenRead(typeof(PostgresDatabase).Assembly.Location));
        var metadata = file.GetMetadataReader();
        List<string> literals = [];
        for (var handle = MetadataTokens.UserStringHandle(1); !handle.IsNil; handle = metadata.GetNextHandle(handle))
            literals.Add(metadata.GetUserString(handle));
        return literals;
    }

    // Constants are among the literals.
    static IEnumerable<string> Fields() =>
        from type in Types()
        from field in type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
        where !field.IsLiteral && (field.FieldType == typeof(string) || field.FieldType == typeof(string[]))
        let value = field.GetValue(null)
        from text in value as string[] ?? [value as string ?? ""]
        select text;

    // Such as Exit(bool wait).
    static IEnumerable<string> Built() =>
        from type in Types()
        from method in type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
        let parameters = method.GetParameters()
        where method.ReturnType == typeof(string) && parameters.Length == 1 && parameters[0].ParameterType == typeof(bool)
        from flag in new[] { false, true }
        select (string)method.Invoke(null, [flag])!;

    static IEnumerable<Type> Types() => typeof(PostgresDatabase).Assembly.GetTypes().Where(type => !type.ContainsGenericParameters);

    // Npgsql does the same with parameters that have names.
    static string Numbered(string statement)
    {
        List<string> names = [];
        return Named()
            .Replace(
                statement,
                match =>
                {
                    var name = match.Groups[1].Value;
                    if (!names.Contains(name))
                        names.Add(name);
                    return $"${names.IndexOf(name) + 1}";
                }
            );
    }

    [GeneratedRegex(@"\A(select|insert into|update|delete from|with)\s")]
    private static partial Regex Statement();

    // Statements of the migrations, of the journal and of the cluster are not those of stores.
    [GeneratedRegex(@"\bpg_|\bcitus_|\bmaster_|\bcreate_|set_config|schema_migrations|to_regclass|truncate_local_data|current_schema")]
    private static partial Regex Management();

    [GeneratedRegex(@"(?<![\w@])@(\w+)")]
    private static partial Regex Named();
}
