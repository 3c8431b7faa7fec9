namespace FunctionsApp.Core.Keys;

/// <summary>A key to store.</summary>
/// <param name="PrivateKey">As <see cref="KeyEncryption"/> wrote it.</param>
public sealed record NewKey(KeyPurpose Purpose, string Kid, string PrivateKey);
