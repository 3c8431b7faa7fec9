using Npgsql;

namespace FunctionsApp.Core.Database;

/// <summary>Recognizes which unique index a statement violated.</summary>
static class UniqueViolation
{
    const string Digits = "0123456789";

    /// <summary>
    /// Whether a statement failed because of this unique index or constraint. Citus forwards only the message of a worker, in which the
    /// name of the index of a shard ends with the shard's number, such as <c>train_tickets_key_102359</c>.
    /// </summary>
    public static bool Violates(this PostgresException exception, string index) =>
        exception.SqlState == PostgresErrorCodes.UniqueViolation
        && (exception.ConstraintName == index || exception.ConstraintName is null && Names(exception.MessageText, index));

    static bool Names(string message, string index)
    {
        for (
            var at = message.IndexOf(index, StringComparison.Ordinal);
            at >= 0;
            at = message.IndexOf(index, at + 1, StringComparison.Ordinal)
        )
        {
            var rest = message.AsSpan(at + index.Length);
            if (rest is ['_', >= '0' and <= '9', ..])
                rest = rest[1..].TrimStart(Digits);
            if ((at == 0 || !IsPartOfName(message[at - 1])) && (rest.IsEmpty || !IsPartOfName(rest[0])))
                return true;
        }

        return false;
    }

    static bool IsPartOfName(char character) => char.IsLetterOrDigit(character) || character == '_';
}
