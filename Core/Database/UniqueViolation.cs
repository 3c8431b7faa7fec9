using System.Text.RegularExpressions;
using Npgsql;

namespace FunctionsApp.Core.Database;

/// <summary>Recognizes which unique index a statement violated.</summary>
static class UniqueViolation
{
    /// <summary>
    /// Whether a statement failed because of this unique index or constraint. Citus forwards only the message of a worker, in which the
    /// name of the index of a shard ends with the shard's number, such as <c>train_tickets_key_102359</c>.
    /// </summary>
    public static bool Violates(this PostgresException exception, string index) =>
        exception.SqlState == PostgresErrorCodes.UniqueViolation
        && (
            exception.ConstraintName == index
            || exception.ConstraintName is null
                && Regex.IsMatch(exception.MessageText, $@"(?<!\w){Regex.Escape(index)}(_\d+)?(?!\w)", RegexOptions.CultureInvariant)
        );
}
