namespace FunctionsApp.LoadTest.Service;

/// <summary>An administrator's credentials, with which runs, lots and inspectors are created.</summary>
sealed class Administrator(ApiClient api, string? token, string? username, string? password)
{
    Account? account;

    public bool IsKnown => token is not null || username is not null;

    /// <summary>An access token.</summary>
    /// <exception cref="LoadTestException">There are no credentials.</exception>
    public async ValueTask<string> TokenAsync(CancellationToken cancellationToken)
    {
        if (token is not null)
            return token;
        if (username is null || password is null)
        {
            throw new LoadTestException(
                "This kind of work needs an administrator, who creates runs and lots. Set FUNCTIONSAPP_LOAD_ADMIN_TOKEN, or "
                    + "FUNCTIONSAPP_LOAD_ADMIN and FUNCTIONSAPP_LOAD_ADMIN_PASSWORD, or give --admin-token."
            );
        }

        account ??= new(api, username, password);
        return await account.TokenAsync(cancellationToken);
    }
}
