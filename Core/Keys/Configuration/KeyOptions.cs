namespace FunctionsApp.Core.Keys;

/// <summary>The settings of section <c>Accounts</c> for keys.</summary>
public sealed class KeyOptions : ISettings
{
    /// <summary>The shortest secret that <see cref="KeyEncryptionSecret"/> may be, in characters.</summary>
    public const int MinSecretLength = 32;

    const int MinDistinctCharacters = 8;
    const string MakeSecret = "Make one with 'openssl rand -base64 32'.";

    static readonly string[] SampleWords =
    [
        "make-one",
        "change-me",
        "changeme",
        "change_me",
        "example",
        "sample",
        "placeholder",
        "replace",
        "your-secret",
        "your_secret",
        "yoursecret",
    ];

    /// <summary>
    /// Encrypts the keys in the database: any text of 32 characters or more, the same on every pod. 32 random bytes in Base64
    /// make startup faster: any other text goes through PBKDF2, which takes a few tenths of a second.
    /// </summary>
    public string? KeyEncryptionSecret { get; set; }

    /// <summary>
    /// RSA private keys in PEM, to take them from configuration and not from the database. The first signs; all verify.
    /// </summary>
    public string[] SigningKeys { get; set; } = [];

    /// <summary>Checks nothing: the secret and the keys are checked when they are used, since most commands need neither.</summary>
    public void Check() { }

    /// <summary>Checks the settings that only the server and the commands for keys need, which sign or verify.</summary>
    /// <param name="production">Secrets from samples are refused.</param>
    /// <exception cref="ConfigurationException">The secret is missing, too short or from a sample.</exception>
    public void CheckSecret(bool production)
    {
        if (KeyEncryptionSecret is not { Length: > 0 } secret)
        {
            if (SigningKeys.Length == 0)
                throw SecretMissing();
            return;
        }

        Require(
            secret.Length >= MinSecretLength,
            nameof(KeyEncryptionSecret),
            $"has {secret.Length} characters and must have {MinSecretLength} or more. {MakeSecret}"
        );
        Require(
            !production || !IsSample(secret),
            nameof(KeyEncryptionSecret),
            $"is a secret from a sample or a pattern, which anyone can guess. {MakeSecret} If it is already in use, replace it with "
                + "'keys rotate --secret-lost'"
        );
    }

    /// <summary>The error for a secret that is required and not set.</summary>
    internal static ConfigurationException SecretMissing() =>
        new(
            $"Accounts__{nameof(KeyEncryptionSecret)} must be set to {MinSecretLength} characters or more, the same on every instance: "
                + "it encrypts the signing keys. "
                + $"{MakeSecret} With Accounts__SigningKeys__0, an RSA private key in PEM, it is optional."
        );

    // A random secret does not contain any of these by chance, and has many different characters.
    static bool IsSample(string secret) =>
        secret.Distinct().Count() < MinDistinctCharacters
        || SampleWords.Any(word => secret.Contains(word, StringComparison.OrdinalIgnoreCase));

    static void Require(bool holds, string name, string rule) => ConfigurationException.Require(holds, $"Accounts__{name}", rule);
}
