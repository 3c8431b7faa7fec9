using FunctionsApp.Core.Accounts;

namespace FunctionsApp.Core.Tests.Accounts;

public sealed class PasswordHasherTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("correct horse battery staple")]
    [InlineData("\0\0\0\0\0\0\0\0")]
    [InlineData("😀😀😀😀😀😀😀😀")]
    public async Task A_password_verifies_against_its_hash_and_no_other_does(string password)
    {
        using var hasher = Hasher();
        using var slot = await hasher.EnterAsync(Cancel);
        var hash = await slot.HashAsync(password);

        Assert.True(await slot.VerifyAsync(password, hash));
        Assert.False(await slot.VerifyAsync(password + " ", hash));
        Assert.False(await slot.VerifyAsync("", hash));
        Assert.NotEqual(hash, await slot.HashAsync(password));
    }

    [Fact]
    public async Task Passwords_that_differ_only_after_72_bytes_or_after_a_NUL_have_different_hashes()
    {
        using var hasher = Hasher();
        using var slot = await hasher.EnterAsync(Cancel);

        Assert.False(await slot.VerifyAsync(new string('k', 80) + "b", await slot.HashAsync(new string('k', 80) + "a")));
        Assert.False(await slot.VerifyAsync("secret\0b", await slot.HashAsync("secret\0a")));
    }

    [Fact]
    public async Task Without_a_hash_verification_fails_after_the_same_work()
    {
        using var hasher = Hasher(workFactor: 5);
        using var slot = await hasher.EnterAsync(Cancel);

        Assert.False(await slot.VerifyAsync("password", null));
        // A hash in the work factor that a real one would have, otherwise the time would give it away.
        Assert.StartsWith("$2a$05$", await slot.HashAsync("password"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hash_of_a_lower_work_factor_needs_a_new_one()
    {
        using var low = Hasher(workFactor: 4);
        using var high = Hasher(workFactor: 5);
        using var lowSlot = await low.EnterAsync(Cancel);
        using var highSlot = await high.EnterAsync(Cancel);
        var (lowHash, highHash) = (await lowSlot.HashAsync("password"), await highSlot.HashAsync("password"));

        Assert.True(highSlot.NeedsRehash(lowHash));
        Assert.False(highSlot.NeedsRehash(highHash));
        Assert.False(lowSlot.NeedsRehash(highHash));
        Assert.True(await lowSlot.VerifyAsync("password", highHash));
    }

    [Fact]
    public async Task A_damaged_hash_is_an_error_of_this_verification_only()
    {
        using var hasher = Hasher(threads: 1);
        using var slot = await hasher.EnterAsync(Cancel);

        await Assert.ThrowsAnyAsync<Exception>(() => slot.VerifyAsync("password", "damaged"));
        Assert.True(await slot.VerifyAsync("password", await slot.HashAsync("password")));
    }

    [Fact]
    public async Task One_caller_per_thread_works_and_the_next_waits_for_the_first_to_leave()
    {
        using var hasher = Hasher(threads: 2, queue: 1);
        var first = await hasher.EnterAsync(Cancel);
        using var second = await hasher.EnterAsync(Cancel);
        var third = hasher.EnterAsync(Cancel);

        Assert.False(third.IsCompleted);
        first.Dispose();
        using var entered = await third;
    }

    [Fact]
    public async Task When_the_queue_is_full_the_next_is_refused_with_a_time_to_wait()
    {
        using var hasher = Hasher(threads: 1, queue: 2);
        var held = await hasher.EnterAsync(Cancel);
        Task<PasswordHasher.Slot>[] waiting = [hasher.EnterAsync(Cancel), hasher.EnterAsync(Cancel)];

        for (var i = 0; i < 3; i++)
        {
            var refused = await Assert.ThrowsAsync<RefusedException>(() => hasher.EnterAsync(Cancel));
            Assert.Equal(Refusal.Busy, refused.Refusal);
            Assert.True(refused.RetryAfter > TimeSpan.Zero);
        }

        held.Dispose();
        var next = await waiting[0];
        // One place is free again, and only one.
        var late = hasher.EnterAsync(Cancel);
        await Assert.ThrowsAsync<RefusedException>(() => hasher.EnterAsync(Cancel));

        next.Dispose();
        (await waiting[1]).Dispose();
        (await late).Dispose();
    }

    [Fact]
    public async Task A_cancelled_wait_frees_its_place()
    {
        using var hasher = Hasher(threads: 1, queue: 1);
        var held = await hasher.EnterAsync(Cancel);
        using (var cancel = new CancellationTokenSource())
        {
            var gone = hasher.EnterAsync(cancel.Token);
            await Assert.ThrowsAsync<RefusedException>(() => hasher.EnterAsync(Cancel));
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        }

        var next = hasher.EnterAsync(Cancel);
        Assert.False(next.IsCompleted);
        held.Dispose();
        (await next).Dispose();

        // The one that gave up took no slot with it.
        (await hasher.EnterAsync(Cancel)).Dispose();
    }

    [Fact]
    public async Task A_slot_that_is_left_is_free_at_once()
    {
        using var hasher = Hasher(threads: 1, queue: 0);
        for (var i = 0; i < 3; i++)
        {
            using var slot = await hasher.EnterAsync(Cancel);
            await Assert.ThrowsAsync<RefusedException>(() => hasher.EnterAsync(Cancel));
        }
    }

    [Fact]
    public async Task After_disposal_nothing_is_hashed()
    {
        var hasher = Hasher();
        var slot = await hasher.EnterAsync(Cancel);
        var last = slot.HashAsync("password");
        hasher.Dispose();

        Assert.NotEmpty(await last);
        await Assert.ThrowsAnyAsync<InvalidOperationException>(() => slot.HashAsync("password"));
        slot.Dispose();
    }

    static PasswordHasher Hasher(int threads = 2, int queue = 4, int workFactor = 4) =>
        new(
            new AccountOptions
            {
                HashingThreads = threads,
                HashingQueue = queue,
                BcryptWorkFactor = workFactor,
            }
        );
}
