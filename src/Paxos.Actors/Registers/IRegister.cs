namespace Paxos.Actors.Registers;

/// <summary>Turns values into bytes and back. Any thread may call it.</summary>
public interface ICodec<T>
{
    ReadOnlyMemory<byte> Encode(T value);

    /// <exception cref="FormatException">The bytes are no such value.</exception>
    T Decode(ReadOnlyMemory<byte> bytes);
}

/// <param name="Value">The value now; null where the key is gone.</param>
/// <param name="IsReset">What happened in between is lost: this is only how it is now.</param>
public sealed record Change<T>(string Key, Versioned<T>? Value, ulong Revision, bool IsReset);

/// <summary>One replicated register: linearizable, whichever node is asked.</summary>
/// <remarks>Errors as <see cref="IRegisterStore"/>.</remarks>
public interface IRegister<T>
{
    string Key { get; }

    /// <returns>Null: nothing is there.</returns>
    Task<Versioned<T>?> ReadAsync(CancellationToken ct = default);

    Task<Versioned<T>> WriteAsync(T value, CancellationToken ct = default);

    /// <param name="version">The version that must be there; 0: the register must be absent.</param>
    /// <returns>Null: another version was there.</returns>
    Task<Versioned<T>?> TryReplaceAsync(ulong version, T value, CancellationToken ct = default);

    /// <param name="version">The version that must be there; null: any.</param>
    /// <returns>False: it was not there, or with another version.</returns>
    Task<bool> DeleteAsync(ulong? version = null, CancellationToken ct = default);

    /// <param name="from">The version after which to begin; null: with what is there now.</param>
    IAsyncEnumerable<Change<T>> WatchAsync(ulong? from = null, CancellationToken ct = default);
}
