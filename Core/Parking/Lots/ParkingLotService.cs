using FunctionsApp.Core.Database;

namespace FunctionsApp.Core.Parking;

/// <summary>Creating and reading lots.</summary>
public sealed class ParkingLotService(ParkingLotStore store, KeyedWork keyed)
{
    /// <summary>Creates an empty lot.</summary>
    /// <param name="userId">The administrator.</param>
    /// <param name="key">Idempotency key, or null: the same request with the same key returns the lot that was created first, as it was
    /// then.</param>
    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/>; <see cref="Refusal.KeyReused"/>.</exception>
    public async Task<ParkingLot> CreateLotAsync(NewParkingLot lot, Guid userId, string? key, CancellationToken cancellationToken)
    {
        var id = Guid.CreateVersion7();
        var wanted = lot.Checked();
        if (key is null)
        {
            await store.AddLotAsync(id, wanted, cancellationToken);
            return await ReadLotAsync(id, cancellationToken);
        }

        var read = await keyed.RunAsync(
            key,
            async () =>
            {
                var first = await store.AddLotOnceAsync(id, wanted, userId, key, cancellationToken);
                return await ReadLotAsync(first ?? id, cancellationToken);
            },
            cancellationToken
        );
        var created = read.AsCreated();
        var isSame =
            (created.Name, created.Spots, created.Rates, created.TimeZone) == (wanted.Name, wanted.Spots, wanted.Rates, wanted.TimeZone);
        return isSame ? created : throw new RefusedException(Refusal.KeyReused, "The Idempotency-Key was used for another parking lot.");
    }

    /// <exception cref="RefusedException"><see cref="Refusal.NotFound"/>.</exception>
    public async Task<ParkingLot> ReadLotAsync(Guid id, CancellationToken cancellationToken) =>
        await store.ReadLotAsync(id, cancellationToken) ?? throw NoLot();

    static RefusedException NoLot() => new(Refusal.NotFound, "There is no such parking lot.");
}
