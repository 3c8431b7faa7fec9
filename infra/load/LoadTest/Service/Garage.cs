namespace FunctionsApp.LoadTest.Service;

/// <summary>A parking lot with spots to spare. It is replaced before it is full.</summary>
/// <param name="prefix">Makes license plates unique.</param>
sealed class Garage(ApiClient api, Administrator administrator, Accounts accounts, string prefix)
{
    const int Spots = 100_000;

    string? lot;
    int taken;
    long plates;

    /// <summary>A vehicle that has not entered.</summary>
    public async ValueTask<Dictionary<string, string>> EntryAsync(CancellationToken cancellationToken)
    {
        if (lot is null || taken == Spots)
            (lot, taken) = (await AddLotAsync(cancellationToken), 0);
        taken++;
        return new() { ["lot"] = lot, ["plate"] = $"{prefix}{plates++}" };
    }

    /// <summary>Vehicles that have entered.</summary>
    public async Task<IReadOnlyList<Stay>> ParkAsync(int count, CancellationToken cancellationToken)
    {
        var wanted = new (Dictionary<string, string> Entry, Account Owner, string Token)[count];
        for (var i = 0; i < count; i++)
        {
            var owner = await accounts.NextAsync(cancellationToken);
            wanted[i] = (await EntryAsync(cancellationToken), owner, await owner.TokenAsync(cancellationToken));
        }

        return await InParallel.CreateAsync(
            count,
            async (i, stop) =>
            {
                var (entry, owner, token) = wanted[i];
                var stay = await api.SendAsync(
                    HttpMethod.Post,
                    $"/parking-lots/{entry["lot"]}/tickets",
                    token,
                    new { plate = entry["plate"], vehicle = "car" },
                    stop
                );
                return new Stay(owner, entry["lot"], stay.GetProperty("id").GetString()!);
            },
            cancellationToken
        );
    }

    async Task<string> AddLotAsync(CancellationToken cancellationToken)
    {
        var rate = new
        {
            grace_minutes = 0,
            first_hour = 2,
            further_hour = 1,
            day_cap = 10,
        };
        var added = await api.SendAsync(
            HttpMethod.Post,
            "/parking-lots",
            await administrator.TokenAsync(cancellationToken),
            new
            {
                name = $"Load {prefix}",
                spots = new
                {
                    motorcycle = 0,
                    car = Spots,
                    truck = 0,
                },
                rates = new
                {
                    motorcycle = rate,
                    car = rate,
                    truck = rate,
                },
            },
            cancellationToken
        );
        return added.GetProperty("id").GetString()!;
    }
}
