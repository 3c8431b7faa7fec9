using Core.Accounts;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;

namespace Functions.Hosting;

/// <summary>Bearer tokens, checked by the core. Each function says by attribute whether it needs one.</summary>
public static class Authentication
{
    public static void AddBearerAuthentication(this IServiceCollection services)
    {
        services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer();
        services.AddSingleton<IConfigureOptions<JwtBearerOptions>, UseAccessTokens>();
        services.AddAuthorization();
    }

    sealed class UseAccessTokens(AccessTokens tokens, SigningKeys keys) : IConfigureNamedOptions<JwtBearerOptions>
    {
        public void Configure(string? name, JwtBearerOptions options)
        {
            options.MapInboundClaims = false;
            options.TokenHandlers.Clear();
            options.TokenHandlers.Add(tokens);
            options.Events = new()
            {
                // Before the keys were ever read (the database was away since the start) a good token must not look like a bad one: this throws, which is a 503.
                // Without a token there is nothing to check: /healthz and the like answer all the same.
                OnMessageReceived = context => keys.Cached is null && context.Request.Headers.Authorization.Count > 0 ? keys.GetAsync(context.HttpContext.RequestAborted).AsTask() : Task.CompletedTask,
            };
        }

        public void Configure(JwtBearerOptions options) => Configure(null, options);
    }
}
