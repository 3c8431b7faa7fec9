namespace FunctionsApp.Core.Database;

/// <summary>A migration failed and was rolled back. The inner exception is the statement's error.</summary>
public sealed class MigrationException(string migration, Exception inner)
    : Exception(
        $"Migration {migration} failed: {inner.Message} Its changes were rolled back. Fix the cause and run 'migrate' again.",
        inner
    );
