using FunctionsApp.Core.Database;

namespace FunctionsApp.Core.Ledger;

/// <summary>The first response to each request with an idempotency key. It outlives the entry.</summary>
sealed class IdempotencyKeyStore(LedgerTransaction transaction)
{
    /// <returns>The hash of the request and its response; null for a new key.</returns>
    public PendingResult<(byte[] Request, string Response)?> ReadLater(string key) =>
        transaction.QueryLater<KeyRow, (byte[] Request, string Response)?>(
            "select request, response from ledger_keys where user_id = $1 and key = $2",
            new Positional().Add(transaction.UserId).Add(key),
            rows => rows is [var row] ? (row.Request, row.Response) : null
        );

    public void Add(string key, byte[] request, string response) =>
        transaction.ExecuteLater(
            "insert into ledger_keys (user_id, key, request, response) values ($1, $2, $3, $4)",
            new Positional().Add(transaction.UserId).Add(key).Add(request).Add(response)
        );

    sealed record KeyRow(byte[] Request, string Response);
}
