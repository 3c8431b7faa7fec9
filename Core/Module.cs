using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace FunctionsApp.Core;

/// <summary>
/// A module of the business core: a folder of its own with rules, services, stores and its migrations
/// (<c>{Name}/Migrations/*.sql</c>, embedded, applied in the order of the modules and then of their names).
/// </summary>
/// <param name="Name">The folder's name.</param>
/// <param name="AddServices">
/// Registers everything of the module: settings, services, background work, health checks.
/// </param>
public sealed record Module(string Name, Action<IServiceCollection, IConfiguration> AddServices);
