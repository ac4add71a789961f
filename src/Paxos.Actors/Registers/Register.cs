using System.Runtime.CompilerServices;

namespace Paxos.Actors.Registers;

/// <summary>A register of values of one type.</summary>
internal sealed class Register<T>(IRegisterStore store, string key, ICodec<T> codec) : IRegister<T>
{
    public string Key => key;

    public async Task<Versioned<T>?> ReadAsync(CancellationToken ct = default) =>
        await store.ReadAsync(key, ct: ct).ConfigureAwait(false) is { } item ? new Versioned<T>(codec.Decode(item.Value), item.Version) : null;

    public async Task<Versioned<T>> WriteAsync(T value, CancellationToken ct = default) =>
        new(value, (await store.WriteAsync(key, codec.Encode(value), ct: ct).ConfigureAwait(false)).Version);

    public async Task<Versioned<T>?> TryReplaceAsync(ulong version, T value, CancellationToken ct = default)
    {
        var written = await store.WriteAsync(key, codec.Encode(value), new Condition(version), ct: ct).ConfigureAwait(false);
        return written.Happened ? new Versioned<T>(value, written.Version) : null;
    }

    public async Task<bool> DeleteAsync(ulong? version = null, CancellationToken ct = default) =>
        (await store.DeleteAsync(key, new Condition(version), ct: ct).ConfigureAwait(false)).Happened;

    public async IAsyncEnumerable<Change<T>> WatchAsync(ulong? from = null, [EnumeratorCancellation] CancellationToken ct = default)
    {
        await foreach (var @event in store.WatchAsync(key, isPrefix: false, from, ct).ConfigureAwait(false))
        {
            if (@event.Kind == RegisterEventKind.Progress)
                continue;
            var value = @event.Value is { } bytes ? new Versioned<T>(codec.Decode(bytes), @event.Version) : null;
            yield return new Change<T>(key, value, @event.Revision, @event.Kind == RegisterEventKind.Reset);
        }
    }
}
