namespace FunctionsApp.Core.Keys;

/// <summary>A key as it is stored, not revoked. Times are UTC, by the database's clock.</summary>
/// <param name="PrivateKey">As <see cref="KeyEncryption"/> wrote it.</param>
/// <param name="SignsFrom">When the key begins to sign.</param>
/// <param name="ReadAt">When the row was read.</param>
public sealed record KeyRow(string Kid, string Purpose, string PrivateKey, DateTime SignsFrom, DateTime ReadAt);
