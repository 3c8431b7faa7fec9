using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using FunctionsApp.Functions.Hosting;
using FunctionsApp.Functions.Tests.Servers;
using Microsoft.AspNetCore.Authorization;

namespace FunctionsApp.Functions.Tests.Architecture;

[OwnServer]
public sealed partial class ArchitectureTests
{
    static readonly string[] Foreign = ["Microsoft.AspNetCore", "Microsoft.Azure", "Azure."];

    // Folders that are shared by all modules, in the core and on the HTTP side.
    static readonly string[] NoModules =
    [
        "Background",
        "Commands",
        "Configuration",
        "Database",
        "Hosting",
        "Limits",
        "Paging",
        "Properties",
        "Text",
        "Time",
        "bin",
        "obj",
    ];

    [Fact]
    public void The_core_references_no_ASP_NET_Core_or_Azure_assembly()
    {
        var references = typeof(Core.Modules).Assembly.GetReferencedAssemblies().Select(one => one.Name!).ToList();

        Assert.Contains("Npgsql", references);
        Assert.DoesNotContain(references, IsForeign);
    }

    [Fact]
    public void The_core_depends_on_no_ASP_NET_Core_or_Azure_package()
    {
        using var assets = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, "Core", "obj", "project.assets.json")));
        // One target, and one for each platform that was published from this folder.
        var packages = assets
            .RootElement.GetProperty("targets")
            .EnumerateObject()
            .SelectMany(target => target.Value.EnumerateObject())
            .Select(one => one.Name.Split('/')[0])
            .ToList();

        Assert.Contains("Npgsql", packages);
        Assert.DoesNotContain(packages, IsForeign);
        Assert.DoesNotContain(
            "FrameworkReference",
            File.ReadAllText(Path.Combine(Repository.Root, "Core", "Core.csproj")),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Every_function_declares_exactly_once_whether_it_needs_a_token()
    {
        var functions = FunctionEndpoints.Discover(Modules.All).ToList();

        Assert.NotEmpty(functions);
        Assert.All(
            functions,
            function =>
            {
                object[] attributes = [.. function.Method.GetCustomAttributes(), .. function.Method.DeclaringType!.GetCustomAttributes()];
                Assert.True(
                    attributes.Count(one => one is IAuthorizeData or IAllowAnonymous) == 1,
                    $"{function.Name} needs one of [Authorize] and [AllowAnonymous], on itself or on its class."
                );
            }
        );
    }

    [Fact]
    public void Every_function_belongs_to_a_registered_module()
    {
        var discovered = FunctionEndpoints.Discover(Modules.All).Select(function => function.Method).ToHashSet();
        var written = typeof(FunctionEndpoints)
            .Assembly.GetTypes()
            .SelectMany(type =>
                type.GetMethods(
                    BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly
                )
            )
            .Where(method => method.GetCustomAttribute<Microsoft.Azure.Functions.Worker.FunctionAttribute>() is not null);

        Assert.Equal([], written.Where(method => !discovered.Contains(method)).Select(method => $"{method.DeclaringType}.{method.Name}"));
    }

    [Fact]
    public void Function_names_are_unique_ignoring_case()
    {
        var names = FunctionEndpoints.Discover(Modules.All).Select(function => function.Name).ToList();

        Assert.Equal(names.Count, names.Distinct(StringComparer.OrdinalIgnoreCase).Count());
    }

    [Fact]
    public void The_catch_all_sorts_after_every_function()
    {
        var source = File.ReadAllText(Path.Combine(Repository.Root, "Functions", "Hosting", "Azure", "UnmatchedRoute.cs"));
        var catchAll = Assert.Single(FunctionName().Matches(source)).Groups[1].Value;

        Assert.All(
            FunctionEndpoints.Discover(Modules.All),
            function =>
                Assert.True(
                    StringComparer.OrdinalIgnoreCase.Compare(function.Name, catchAll) < 0,
                    $"{function.Name} would never be reached behind {catchAll}."
                )
        );
    }

    [Fact]
    public void Each_module_is_in_both_lists_and_has_a_folder_in_both_projects()
    {
        var core = Core.Modules.All.Select(module => module.Name).Order().ToList();

        Assert.Equal(core, Modules.All.Select(module => module.Name).Order());
        Assert.Equal(core, Folders("Core"));
        Assert.Equal(core, Folders("Functions"));
        // A module with a store has tables.
        Assert.All(
            core,
            module =>
                Assert.Equal(
                    Directory.GetFiles(Path.Combine(Repository.Root, "Core", module), "*Store.cs", SearchOption.AllDirectories).Length > 0,
                    Directory.Exists(Path.Combine(Repository.Root, "Core", module, "Migrations"))
                        && Directory.GetFiles(Path.Combine(Repository.Root, "Core", module, "Migrations"), "*.sql").Length > 0
                )
        );
    }

    [Fact]
    public void The_folders_of_the_core_do_not_depend_on_each_other_in_circles()
    {
        // Modules.cs lists all modules.
        var files = Files("Core").Where(file => file.Path != "Modules.cs").ToList();
        var folders = files.Select(file => file.Folder).Distinct().ToList();
        // Some folders share the namespace FunctionsApp.Core: what they declare is recognized by its name.
        var shared = files
            .Where(file => SharedNamespace().IsMatch(file.Code))
            .SelectMany(file => DeclaredType().Matches(file.Code), (file, type) => (file.Folder, Name: type.Groups[1].Value))
            .ToLookup(type => type.Name, type => type.Folder);
        var uses = files
            .SelectMany(file => UsedFolders(file.Code).Distinct(), (file, used) => (file.Folder, Used: used, file.Path))
            .Where(use => use.Folder != use.Used)
            .ToList();

        AssertNoCircles(uses);
        // Uses of modules and of shared folders are found.
        Assert.Contains(uses, use => use is { Folder: "Trains", Used: "Tickets" });
        Assert.Contains(uses, use => use is { Folder: "Ledger", Used: "Paging" });

        IEnumerable<string> UsedFolders(string code) =>
            UsedNamespace()
                .Matches(code)
                .Select(name => name.Groups[1].Value)
                .Concat(Qualifier().Matches(code).Select(name => name.Value))
                .Where(folders.Contains)
                .Concat(Name().Matches(code).SelectMany(name => shared[name.Value]));
    }

    [Theory]
    [InlineData("Core", "Modules.cs")] // The list of all modules.
    [InlineData("Functions", "Program.cs")]
    public void The_namespaces_of_a_project_do_not_depend_on_each_other_in_circles(string project, string start)
    {
        var files = Files(project)
            .Where(file => file.Path != start)
            .Select(file => (file.Path, Namespace: Namespace().Match(file.Code).Groups[1].Value, file.Code))
            .ToList();
        var namespaces = files.Select(file => file.Namespace).ToHashSet();
        var types = files
            .SelectMany(file => DeclaredType().Matches(file.Code), (file, type) => (file.Namespace, Name: type.Groups[1].Value))
            .Distinct()
            .ToLookup(type => type.Namespace, type => type.Name);
        var uses = files
            .SelectMany(
                file => UsedNamespaces(file.Namespace, file.Code).Distinct(),
                (file, used) => (file.Namespace, Used: used, file.Path)
            )
            .Where(use => use.Namespace != use.Used)
            .ToList();

        Assert.DoesNotContain("", namespaces);
        AssertNoCircles(uses);
        // Uses of a namespace that is imported, and of one that encloses the file's, are found. Nothing uses the root of Functions.
        Assert.Contains(
            uses,
            use => use.Namespace.EndsWith(".Trains", StringComparison.Ordinal) && use.Used.EndsWith(".Tickets", StringComparison.Ordinal)
        );
        Assert.Equal(project == "Core", uses.Any(use => use.Used == $"FunctionsApp.{project}"));

        IEnumerable<string> UsedNamespaces(string own, string code)
        {
            string[] enclosing = [.. Prefixes(own).Skip(1)];
            var names = Name().Matches(code).Select(name => name.Value).ToHashSet();
            return Import()
                .Matches(code)
                .Select(import => Prefixes(import.Groups[1].Value).FirstOrDefault(namespaces.Contains))
                .Concat(
                    from name in QualifiedName().Matches(code)
                    from outer in Prefixes(own)
                    select Prefixes($"{outer}.{name.Value}").TakeWhile(one => one != outer).FirstOrDefault(namespaces.Contains)
                )
                .OfType<string>()
                .Concat(enclosing.Where(outer => types[outer].Except(types[own]).Any(names.Contains)));
        }

        // a.b.c, a.b, a.
        static IEnumerable<string> Prefixes(string name)
        {
            for (var length = name.Length; length > 0; length = name.LastIndexOf('.', length - 1))
                yield return name[..length];
        }
    }

    [Fact]
    public void Each_file_has_a_type_of_its_name()
    {
        var files = new[] { "Core", "Functions", "LocalPostgres" }
            .SelectMany(project => Files(project), (project, file) => (Path: $"{project}/{file.Path}", file.Code))
            // Has statements only.
            .Where(file => file.Path != "Functions/Program.cs")
            .ToList();

        Assert.Contains(files, file => file.Path == "Core/Modules.cs");
        Assert.Equal(
            [],
            files
                .Where(file =>
                    !TopLevelType().Matches(file.Code).Any(type => type.Groups[1].Value == Path.GetFileNameWithoutExtension(file.Path))
                )
                .Select(file => file.Path)
        );
    }

    [Fact]
    public void SQL_is_in_stores_only()
    {
        var sources = new[] { "Core", "Functions" }
            .SelectMany(project => Directory.GetFiles(Path.Combine(Repository.Root, project), "*.cs", SearchOption.AllDirectories))
            .Select(file => Path.GetRelativePath(Repository.Root, file).Replace('\\', '/'))
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal))
            .ToLookup(IsStore);

        Assert.All(
            sources[false],
            file => Assert.True(!Sql().IsMatch(Source(file)), $"{file} contains SQL, which belongs in the module's store.")
        );
        // The pattern does find SQL.
        Assert.Contains(sources[true], file => Sql().IsMatch(Source(file)));

        static bool IsStore(string file) =>
            Path.GetFileName(file).Contains("Store", StringComparison.Ordinal)
            || file.StartsWith("Core/Database/", StringComparison.Ordinal);

        static string Source(string file) => File.ReadAllText(Path.Combine(Repository.Root, file));
    }

    [Fact]
    public void Only_UnicodeNormalization_normalizes_text()
    {
        var sources = new[] { "Core", "Functions" }
            .SelectMany(project => Directory.GetFiles(Path.Combine(Repository.Root, project), "*.cs", SearchOption.AllDirectories))
            .Select(file => Path.GetRelativePath(Repository.Root, file).Replace('\\', '/'))
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal));

        Assert.Equal(
            ["Core/Text/UnicodeNormalization.cs"],
            sources.Where(file => Normalizes().IsMatch(File.ReadAllText(Path.Combine(Repository.Root, file))))
        );
    }

    [Fact]
    public void Every_regex_is_source_generated_and_runs_in_linear_time()
    {
        var regexes = new[] { typeof(Core.Modules).Assembly, typeof(FunctionEndpoints).Assembly }
            .SelectMany(assembly => assembly.GetTypes())
            .SelectMany(type =>
                type.GetMembers(
                    BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly
                )
            )
            .Select(member => (Name: $"{member.DeclaringType}.{member.Name}", Regex: member.GetCustomAttribute<GeneratedRegexAttribute>()))
            .Where(one => one.Regex is not null)
            .ToList();

        Assert.NotEmpty(regexes);
        Assert.All(
            regexes,
            one =>
                Assert.True(
                    one.Regex!.Options.HasFlag(RegexOptions.NonBacktracking) || IsBounded(one.Regex.Pattern),
                    $"{one.Name} needs RegexOptions.NonBacktracking, or a pattern that begins with ^, ends with \\z and repeats "
                        + "nothing without a limit."
                )
        );
        var sources = new[] { "Core", "Functions", Path.Combine("infra", "load") }
            .SelectMany(folder => Directory.GetFiles(Path.Combine(Repository.Root, folder), "*.cs", SearchOption.AllDirectories))
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal));
        Assert.All(
            sources,
            file => Assert.False(UngeneratedRegex().IsMatch(File.ReadAllText(file)), $"{file} uses a regex that is not generated.")
        );

        static bool IsBounded(string pattern) =>
            pattern.StartsWith('^')
            && pattern.EndsWith("\\z", StringComparison.Ordinal)
            && !CharacterClasses().Replace(pattern, "x").AsSpan().ContainsAny('*', '+')
            && !pattern.Contains(",}", StringComparison.Ordinal);
    }

    static void AssertNoCircles(IReadOnlyList<(string User, string Used, string Path)> uses)
    {
        // What uses none of the rest, or is used by none of the rest, is in no circle.
        var circles = uses;
        for (var before = 0; before != circles.Count; )
        {
            before = circles.Count;
            circles =
            [
                .. circles.Where(use => circles.Any(next => next.User == use.Used) && circles.Any(previous => previous.Used == use.User)),
            ];
        }

        Assert.True(
            circles.Count == 0,
            string.Join(Environment.NewLine, circles.Select(use => $"{use.User} uses {use.Used} in {use.Path}"))
        );
    }

    // The sources of a project without their comments, and the folder in it that each is in.
    static IEnumerable<(string Path, string Folder, string Code)> Files(string project) =>
        Directory
            .GetFiles(Path.Combine(Repository.Root, project), "*.cs", SearchOption.AllDirectories)
            .Select(file => (File: file, Path: Path.GetRelativePath(Path.Combine(Repository.Root, project), file).Replace('\\', '/')))
            .Where(one => one.Path.Split('/')[0] is not ("bin" or "obj"))
            .Select(one =>
                (
                    one.Path,
                    one.Path.Contains('/', StringComparison.Ordinal) ? one.Path.Split('/')[0] : project,
                    Comment().Replace(File.ReadAllText(one.File), " ")
                )
            );

    static bool IsForeign(string name) => Foreign.Any(foreign => name.StartsWith(foreign, StringComparison.OrdinalIgnoreCase));

    static IEnumerable<string> Folders(string project) =>
        Directory
            .GetDirectories(Path.Combine(Repository.Root, project))
            .Select(folder => Path.GetFileName(folder))
            .Except(NoModules)
            .Order();

    // A comment may not follow a colon: that is the end of 'https:'.
    [GeneratedRegex(@"(?<!:)//[^\n]*")]
    private static partial Regex Comment();

    [GeneratedRegex(@"^namespace FunctionsApp\.Core;", RegexOptions.Multiline)]
    private static partial Regex SharedNamespace();

    [GeneratedRegex(@"^(?:[a-z]+ )*(?:class|record|struct|interface|enum) ([A-Z]\w*)", RegexOptions.Multiline)]
    private static partial Regex TopLevelType();

    [GeneratedRegex(@"\b(?:class|record|record struct|struct|interface|enum) ([A-Z]\w*)")]
    private static partial Regex DeclaredType();

    [GeneratedRegex(@"^using (?:static )?FunctionsApp\.Core\.(\w+)", RegexOptions.Multiline)]
    private static partial Regex UsedNamespace();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"^using (?:static )?(?:\w+ = )?([\w.]+)", RegexOptions.Multiline)]
    private static partial Regex Import();

    [GeneratedRegex(@"(?<![\w.])[A-Z]\w*(?:\.[A-Z]\w*)+")]
    private static partial Regex QualifiedName();

    [GeneratedRegex(@"(?<![\w.])[A-Z]\w*(?=\.[A-Z])")]
    private static partial Regex Qualifier();

    [GeneratedRegex(@"(?<![\w.])[A-Z]\w*\b")]
    private static partial Regex Name();

    [GeneratedRegex("""\[Function\("([^"]+)"\)""")]
    private static partial Regex FunctionName();

    // string.Normalize, its span-based overload, and culture-sensitive comparisons, which normalize too.
    [GeneratedRegex(@"(?<!\b(Identifier|Plate))\.(Normalize|TryNormalize|IsNormalized)\(|NormalizationForm\.")]
    private static partial Regex Normalizes();

    [GeneratedRegex(@"\bnew\s+Regex\s*\(|\bRegex\.(IsMatch|Match|Matches|Replace|Split|Count|EnumerateMatches)\s*\(")]
    private static partial Regex UngeneratedRegex();

    [GeneratedRegex(@"\[(\\.|[^\]\\])*\]|\\.")]
    private static partial Regex CharacterClasses();

    [GeneratedRegex(
        @"\bselect\s+[\w@*(][^;{}]*?\bfrom\b|\binsert\s+into\b|\bupdate\s+\w+\s+set\b|\bdelete\s+from\b"
            + @"|\bcreate\s+(table|index|database)\b",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex Sql();
}
