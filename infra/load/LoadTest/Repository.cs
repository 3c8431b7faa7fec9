namespace FunctionsApp.LoadTest;

/// <summary>The checkout from which the load test runs.</summary>
static class Repository
{
    /// <summary>Its root folder.</summary>
    /// <exception cref="LoadTestException">The program does not run from inside a checkout.</exception>
    public static string Root
    {
        get
        {
            for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
            {
                if (File.Exists(Path.Combine(folder, "FunctionsApp.sln")))
                    return folder;
            }

            throw new LoadTestException("The load test must run from inside its repository, which has the attack files.");
        }
    }
}
