using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace FunctionsApp.Core;

/// <summary>
/// A module of the business core: a folder with rules, services, stores and migrations
/// (<c>{Name}/Migrations/*.sql</c>, embedded, applied in the order of the modules and then of their names).
/// </summary>
/// <param name="Name">The folder's name.</param>
/// <param name="AddServices">
/// Registers the module's settings, services, background work and health checks.
/// </param>
public sealed record Module(string Name, Action<IServiceCollection, IConfiguration> AddServices);
