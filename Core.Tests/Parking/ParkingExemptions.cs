using FunctionsApp.Core.Tests.Database;

namespace FunctionsApp.Core.Tests.Parking;

public sealed class ParkingExemptions : IExemptions
{
    public IEnumerable<Exemption> EveryNode =>
        [
            new("delete from parking_tickets where refusal is not null and entered_at", "clean-up in the background"),
            new("from parking_tickets where user_id =", "a user's stays in all lots: an index scan of each shard"),
        ];
}
