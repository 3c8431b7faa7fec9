using Microsoft.Extensions.DependencyInjection;

namespace FunctionsApp.Core;

/// <summary>
/// A module of the business core: a folder of its own with rules, one service, one store and its migrations
/// (<c>{Name}/Migrations/*.sql</c>, embedded, applied in the order of <see cref="Modules.All"/> and then of their names).
/// </summary>
/// <param name="Name">The folder's name.</param>
/// <param name="AddServices">Registers what the module offers.</param>
public sealed record Module(string Name, Action<IServiceCollection> AddServices);
