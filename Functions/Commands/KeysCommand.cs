using System.CommandLine;
using System.Globalization;
using FunctionsApp.Core.Keys;
using FunctionsApp.Functions.Hosting;

namespace FunctionsApp.Functions.Commands;

/// <summary>Replaces the keys in the database.</summary>
static class KeysCommand
{
    /// <summary><c>keys rotate [PURPOSE] [--compromised | --secret-lost]</c>.</summary>
    public static Command Rotate(AppModules modules)
    {
        var purpose = new Argument<string>("PURPOSE")
        {
            Description = "Which keys to replace.",
            DefaultValueFactory = _ => KeyPurpose.AccessTokens.Name(),
        };
        purpose.AcceptOnlyFromAmong([.. KeyPurposes.Names]);
        var compromised = new Option<bool>("--compromised")
        {
            Description = "Revoke the old keys: what they signed is refused by every server within seconds.",
        };
        var secretLost = new Option<bool>("--secret-lost")
        {
            Description =
                "Revoke all keys and make new ones with the current Accounts__KeyEncryptionSecret, for when the old one is lost or "
                + "known to others. "
                + "Stop the servers first, and start them with the current secret.",
        };
        var command = new Command(
            "rotate",
            "Publish a new key that starts to sign shortly after, when every server knows it. What the old one signed stays valid."
        )
        {
            purpose,
            compromised,
            secretLost,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(compromised) && result.GetValue(secretLost))
                result.AddError("Use one of --compromised and --secret-lost.");
        });
        return command.Does(
            modules,
            (services, result, cancellationToken) =>
                RunAsync(
                    services.GetRequiredService<KeyRotation>(),
                    KeyPurposes.Parse(result.GetRequiredValue(purpose)),
                    result.GetValue(compromised),
                    result.GetValue(secretLost),
                    cancellationToken
                ),
            signs: true
        );
    }

    static async Task RunAsync(KeyRotation keys, KeyPurpose purpose, bool compromised, bool secretLost, CancellationToken cancellationToken)
    {
        if (secretLost)
        {
            Console.WriteLine(
                $"Revoked {await keys.ReplaceAllAsync(cancellationToken)} keys and made new ones with the current secret. Start the "
                    + "servers with it."
            );
        }
        else if (compromised)
        {
            var (kid, revoked) = await keys.RevokeAsync(purpose, cancellationToken);
            Console.WriteLine($"Revoked {revoked} keys. Key {kid} signs from now on. Running servers refuse the old ones within seconds.");
        }
        else
        {
            var (kid, signsFrom) = await keys.RotateAsync(purpose, cancellationToken);
            var at = signsFrom.ToString("HH':'mm':'ss", CultureInfo.InvariantCulture);
            Console.WriteLine(
                $"Key {kid} is published and signs from {at} UTC, when every server has read it. What the old key signed stays valid."
            );
        }
    }
}
