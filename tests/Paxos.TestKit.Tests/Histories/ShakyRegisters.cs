using Paxos.Actors;
using Paxos.Actors.Registers;

namespace Paxos.TestKit.Tests.Histories;

/// <summary>Registers in memory that fail, and lie, when they are told to.</summary>
internal sealed class ShakyRegisters : IRegisterStore
{
    private readonly Dictionary<string, RegisterItem> items = [];
    private ulong revision;

    /// <summary>The next change is not made, or is, and this is thrown.</summary>
    public PaxosException? Fails { get; set; }

    /// <summary>What every read answers; null: what is there.</summary>
    public RegisterItem? Stale { get; set; }

    public Task<RegisterItem?> ReadAsync(string key, Consistency consistency = Consistency.Linearizable, CancellationToken ct = default) =>
        Task.FromResult(Stale ?? items.GetValueOrDefault(key));

    public Task<Written> WriteAsync(
        string key, ReadOnlyMemory<byte> value, Condition condition = default, TimeSpan? ttl = null, string? idempotencyKey = null, CancellationToken ct = default)
    {
        var fails = Fails;
        Fails = null;
        if (fails is NotAppliedException)
            throw fails;
        var created = !items.ContainsKey(key);
        items[key] = new RegisterItem(key, ++revision, value);
        return fails is null ? Task.FromResult(new Written(true, created, revision)) : throw fails;
    }

    public Task<Written> DeleteAsync(string key, Condition condition = default, string? idempotencyKey = null, CancellationToken ct = default) =>
        Task.FromResult(items.Remove(key) ? new Written(true, false, ++revision) : new Written(false, false, 0));

    public Task<RegisterPage> RangeAsync(
        string prefix, string? after = null, int limit = 100, Consistency consistency = Consistency.Linearizable, CancellationToken ct = default) =>
        throw new NotSupportedException();

    public IAsyncEnumerable<RegisterEvent> WatchAsync(string keyOrPrefix, bool isPrefix, ulong? after = null, CancellationToken ct = default) =>
        throw new NotSupportedException();
}
