using FunctionsApp.Core;
using FunctionsApp.Core.Accounts;
using FunctionsApp.Core.Database;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace FunctionsApp.Functions.Hosting;

/// <summary>
/// Marks an endpoint that is asked again and again: its failures are reported when they begin and end, not as failed
/// requests.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
sealed class ProbeAttribute : Attribute;
