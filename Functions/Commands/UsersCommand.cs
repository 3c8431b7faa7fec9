using FunctionsApp.Core.Accounts;

namespace FunctionsApp.Functions.Commands;

/// <summary>Commands with which an operator changes users. Each prints what it did.</summary>
static class UsersCommand
{
    public static Task PromoteAsync(IServiceProvider services, string name, CancellationToken cancellationToken) =>
        ChangeAsync(
            services,
            name,
            new() { Role = Role.Admin },
            user => $"{user.Username} is an administrator. Tokens contain the new role after the next login or refresh.",
            user => $"{user.Username} is an administrator already. Nothing was changed.",
            cancellationToken
        );

    public static Task DemoteAsync(IServiceProvider services, string name, CancellationToken cancellationToken) =>
        ChangeAsync(
            services,
            name,
            new() { Role = Role.User },
            user => $"{user.Username} is an ordinary user now and was logged out everywhere.",
            user => $"{user.Username} is an ordinary user already. Nothing was changed.",
            cancellationToken
        );

    public static Task DisableAsync(IServiceProvider services, string name, CancellationToken cancellationToken) =>
        ChangeAsync(
            services,
            name,
            new() { Disabled = true },
            user => $"{user.Username} is disabled: logged out everywhere and not able to log in. 'users enable' reverses this.",
            user => $"{user.Username} is disabled already. Nothing was changed.",
            cancellationToken
        );

    public static Task EnableAsync(IServiceProvider services, string name, CancellationToken cancellationToken) =>
        ChangeAsync(
            services,
            name,
            new() { Disabled = false },
            user => $"{user.Username} is enabled and can log in again.",
            user => $"{user.Username} is not disabled. Nothing was changed.",
            cancellationToken
        );

    public static async Task ResetPasswordAsync(IServiceProvider services, string name, CancellationToken cancellationToken)
    {
        var (user, password) = await services.GetRequiredService<OperatorService>().ResetPasswordAsync(name, cancellationToken);
        Console.WriteLine($"The new password of {user.Username} is {password}");
        Console.WriteLine(
            "It is shown only here. All sessions of the user have ended."
                + (user.Disabled ? " The user is disabled and cannot log in before 'users enable'." : "")
        );
    }

    static async Task ChangeAsync(
        IServiceProvider services,
        string name,
        UserChange change,
        Func<User, string> changed,
        Func<User, string> unchanged,
        CancellationToken cancellationToken
    )
    {
        var (before, after) = await services.GetRequiredService<OperatorService>().ChangeAsync(name, change, cancellationToken);
        Console.WriteLine(before == after ? unchanged(after) : changed(after));
    }
}
