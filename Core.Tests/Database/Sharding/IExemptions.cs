namespace FunctionsApp.Core.Tests.Database;

/// <summary>
/// What a module does on purpose although a rule for tables or statements forbids it. A class in the module's tests lists it for
/// <see cref="DistributionKeyTests"/> and <see cref="SchemaTests"/>.
/// </summary>
public interface IExemptions
{
    /// <summary>Statements that reach every node, each by a part of it.</summary>
    IEnumerable<Exemption> EveryNode => [];

    /// <summary>Columns of type double precision, each as <c>table.column</c>.</summary>
    IEnumerable<Exemption> DoublePrecision => [];

    /// <summary>Those of all modules.</summary>
    static IReadOnlyList<Exemption> OfAll(Func<IExemptions, IEnumerable<Exemption>> kind) =>
        [
            .. from type in typeof(IExemptions).Assembly.GetTypes()
            where type.IsClass && type.IsAssignableTo(typeof(IExemptions))
            orderby type.FullName
            from exemption in kind((IExemptions)Activator.CreateInstance(type)!)
            select exemption,
        ];
}
