namespace FunctionsApp.Functions.Hosting;

/// <summary>The modules of the program.</summary>
/// <param name="Core">Their business side, in the order of migrations.</param>
/// <param name="Http">Their HTTP side, in the order of the documentation.</param>
public sealed record AppModules(IReadOnlyList<Core.Module> Core, IReadOnlyList<Module> Http);
