// The worker's attributes that functions use, for builds without its packages.
#pragma warning disable IDE0130 // The package's namespace, so that both builds use the same code.

namespace Microsoft.Azure.Functions.Worker;

public enum AuthorizationLevel
{
    Anonymous,
    User,
    Function,
    System,
    Admin,
}
