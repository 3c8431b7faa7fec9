using FunctionsApp.Core.Tests.Database;

namespace FunctionsApp.Core.Tests.Trains;

public sealed class TrainsExemptions : IExemptions
{
    public IEnumerable<Exemption> EveryNode =>
        [
            new("delete from train_tickets where status = 'refused' and issued_at", "clean-up in the background"),
            new("from train_stops a join train_stops b", "the search: trains of all runs between two stations, and what is free on them"),
            new("from train_tickets t where user_id =", "a user's tickets of all runs: an index scan of each shard"),
            new("run_id from train_tickets where user_id =", "the erasure of a deleted account"),
            new("run_id, id from train_tickets where user_id =", "the erasure of a deleted account"),
        ];
}
