using System.Reflection;
using Dapper;
using DbUp;
using DbUp.Engine;
using DbUp.Engine.Output;
using DbUp.Postgresql;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace FunctionsApp.Core.Database;

/// <summary>A migration failed and was rolled back. The inner exception is the statement's error.</summary>
public sealed class MigrationException(string migration, Exception inner)
    : Exception(
        $"Migration {migration} failed: {inner.Message} Its changes were rolled back. Fix the cause and run 'migrate' again.",
        inner
    );
