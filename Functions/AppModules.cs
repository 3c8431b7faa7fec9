namespace FunctionsApp.Functions;

/// <summary>The modules that the program is made of.</summary>
/// <param name="Core">Their business side, in the order of their migrations.</param>
/// <param name="Http">Their HTTP side, in the order of the documentation.</param>
public sealed record AppModules(IReadOnlyList<Core.Module> Core, IReadOnlyList<Module> Http);
