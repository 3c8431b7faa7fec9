namespace FunctionsApp.Core.Accounts;

/// <summary>
/// Decides who hashes next. Each kind of work has a queue of its own; the queues are served in turn, and within each queue the addresses
/// that wait in it, so that neither a flood of sign-ups nor one address delays the others by more than a few hashes. A full queue makes
/// room for an address that has fewer waiting than the one with the most, whose latest is refused instead.
/// </summary>
/// <param name="slots">How many may hash at once.</param>
/// <param name="capacity">How many may wait in each queue.</param>
sealed class HashingQueue(int slots, int capacity)
{
    readonly Lock gate = new();
    readonly Lane[] lanes = [.. Enum.GetValues<HashingWork>().Select(_ => new Lane())];
    int free = slots,
        turn;

    /// <summary>How many wait in all queues.</summary>
    public int Waiting
    {
        get
        {
            lock (gate)
                return lanes.Sum(lane => lane.Count);
        }
    }

    /// <summary>Waits for a slot.</summary>
    /// <returns>False when there is no room to wait, or no longer: another address took the place.</returns>
    public async Task<bool> EnterAsync(HashingWork work, string address, CancellationToken cancellationToken)
    {
        LinkedListNode<Waiter> waiter;
        Waiter? displaced = null;
        var lane = lanes[(int)work];
        lock (gate)
        {
            if (free > 0)
            {
                free--;
                return true;
            }

            if (lane.Count >= capacity)
            {
                if (lane.LargestBeyond(address) is not { } largest)
                    return false;
                displaced = lane.RemoveLatest(largest);
            }

            waiter = lane.Add(new(address));
        }

        displaced?.Result.TrySetResult(false);
        await using var leaving = cancellationToken.UnsafeRegister(
            _ =>
            {
                lock (gate)
                {
                    if (!lane.Remove(waiter))
                        return;
                }

                waiter.Value.Result.TrySetCanceled(cancellationToken);
            },
            null
        );
        return await waiter.Value.Result.Task;
    }

    /// <summary>Gives the slot to the next in turn, if anyone is waiting.</summary>
    public void Leave()
    {
        Waiter? next = null;
        lock (gate)
        {
            for (var i = 0; i < lanes.Length && next is null; i++)
            {
                turn = (turn + 1) % lanes.Length;
                next = lanes[turn].TakeNext();
            }

            if (next is null)
                free++;
        }

        next?.Result.SetResult(true);
    }

    sealed record Waiter(string Address)
    {
        public TaskCompletionSource<bool> Result { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    // The waiting requests of one kind of work: by address, and the addresses in the order in which they are served next.
    sealed class Lane
    {
        readonly Dictionary<string, LinkedList<Waiter>> waiters = [];
        readonly LinkedList<string> order = [];

        public int Count { get; private set; }

        public LinkedListNode<Waiter> Add(Waiter waiter)
        {
            if (!waiters.TryGetValue(waiter.Address, out var list))
            {
                waiters[waiter.Address] = list = [];
                order.AddLast(waiter.Address);
            }

            Count++;
            return list.AddLast(waiter);
        }

        public Waiter? TakeNext()
        {
            if (order.First is not { } address)
                return null;
            order.Remove(address);
            var first = waiters[address.Value].First!;
            // The address moves behind the others, if more of its requests wait.
            order.AddLast(address);
            Remove(first);
            return first.Value;
        }

        /// <summary>The address with the most waiting requests, if it has more than this one would have.</summary>
        public string? LargestBeyond(string address)
        {
            if (waiters.Count == 0)
                return null;
            var own = waiters.TryGetValue(address, out var list) ? list.Count : 0;
            var (largest, others) = waiters.MaxBy(pair => pair.Value.Count);
            return others.Count > own + 1 ? largest : null;
        }

        public Waiter RemoveLatest(string address)
        {
            var last = waiters[address].Last!;
            Remove(last);
            return last.Value;
        }

        /// <returns>False when it no longer waits.</returns>
        public bool Remove(LinkedListNode<Waiter> waiter)
        {
            if (waiter.List is not { } list)
                return false;
            list.Remove(waiter);
            Count--;
            if (list.Count > 0)
                return true;
            waiters.Remove(waiter.Value.Address);
            order.Remove(waiter.Value.Address);
            return true;
        }
    }
}
