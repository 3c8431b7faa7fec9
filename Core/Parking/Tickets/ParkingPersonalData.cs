using FunctionsApp.Core.Accounts;

namespace FunctionsApp.Core.Parking;

/// <summary>
/// Erases what the module stores about a deleted account: the plates of closed stays. An open stay keeps its spot and its plate, because
/// the vehicle is still there; an inspector or administrator ends it, and the plate is erased then.
/// </summary>
public sealed class ParkingPersonalData(ParkingErasureStore store) : IPersonalData
{
    /// <inheritdoc/>
    public async Task EraseAsync(Guid userId, CancellationToken cancellationToken)
    {
        foreach (var lotId in await store.ReadLotsWithPlatesAsync(userId, cancellationToken))
            await store.ErasePlatesAsync(lotId, userId, cancellationToken);
        await store.RemoveKeysAsync(userId, cancellationToken);
    }
}
