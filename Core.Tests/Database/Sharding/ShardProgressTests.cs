using FunctionsApp.Core.Database;

namespace FunctionsApp.Core.Tests.Database;

public sealed class ShardProgressTests
{
    [Fact]
    public void A_move_that_failed_and_is_tried_again_is_reported_with_its_error() =>
        Assert.Equal(
            new ShardProgress(1, "running", 3, 84, "ERROR: could not connect\nCONTEXT: on db-3\n"),
            ShardProgress.Of(
                1,
                "running",
                """
                {
                    "tasks": [{"state": "runnable", "message": "ERROR: could not connect\nCONTEXT: on db-3\n", "retried": 6, "task_id": 1}],
                    "task_state_counts": {"done": 3, "blocked": 80, "runnable": 1}
                }
                """
            )
        );

    [Fact]
    public void A_rebalance_without_details_has_nothing_to_move() =>
        Assert.Equal(new ShardProgress(2, "scheduled", 0, 0, null), ShardProgress.Of(2, "scheduled", null));
}
