using Paxos.Protocol.Registers;

namespace Paxos.Actors.Registers;

/// <summary>
/// Registers whose keys are spread over several groups. A key is in one of them, and there everything is as with one group;
/// what goes over many keys is put together from all.
/// </summary>
internal sealed class SpreadRegisters(IReadOnlyList<IRegisterStore> groups) : IRegisterStore
{
    public Task<RegisterItem?> ReadAsync(string key, Consistency consistency = Consistency.Linearizable, CancellationToken ct = default) =>
        GroupOf(key).ReadAsync(key, consistency, ct);

    public Task<Written> WriteAsync(
        string key, ReadOnlyMemory<byte> value, Condition condition = default, TimeSpan? ttl = null, string? idempotencyKey = null, CancellationToken ct = default) =>
        GroupOf(key).WriteAsync(key, value, condition, ttl, idempotencyKey, ct);

    public Task<Written> DeleteAsync(string key, Condition condition = default, string? idempotencyKey = null, CancellationToken ct = default) =>
        GroupOf(key).DeleteAsync(key, condition, idempotencyKey, ct);

    public async Task<RegisterPage> RangeAsync(
        string prefix, string? after = null, int limit = 100, Consistency consistency = Consistency.Linearizable, CancellationToken ct = default)
    {
        var pages = await Task.WhenAll(groups.Select(group => group.RangeAsync(prefix, after, limit, consistency, ct))).ConfigureAwait(false);
        // A group whose page ended early may have keys right behind its end: nothing beyond the nearest such end is known to be next.
        var end = pages.Select(page => page.Next).OfType<string>().Min(RegisterKey.ByBytes);
        var items = new List<RegisterItem>();
        var bytes = 0L;
        var isCut = false;
        foreach (var item in pages.SelectMany(page => page.Items).OrderBy(item => item.Key, RegisterKey.ByBytes))
        {
            bytes += item.Value.Length;
            isCut = (end is not null && RegisterKey.ByBytes.Compare(item.Key, end) > 0)
                || items.Count == limit
                || (items.Count > 0 && bytes > RegisterQuery.MaxPageBytes);
            if (isCut)
                break;
            items.Add(item);
        }
        // A watch of any of these keys that begins after the lowest revision misses nothing.
        return new RegisterPage(pages.Min(page => page.Revision), items, isCut || end is not null ? items[^1].Key : null);
    }

    /// <summary>Of one key. Those with a prefix have no common order, and one number could not say how far each of them was seen.</summary>
    public IAsyncEnumerable<RegisterEvent> WatchAsync(string keyOrPrefix, bool isPrefix, ulong? after = null, CancellationToken ct = default) => isPrefix
        ? throw new ArgumentException(
            $"Keys are spread over {groups.Count} groups (paxos.registers.groups), each with an order of its own: the keys with a prefix can't be watched as "
            + "one, only each key alone.", nameof(isPrefix))
        : GroupOf(keyOrPrefix).WatchAsync(keyOrPrefix, isPrefix: false, after, ct);

    private IRegisterStore GroupOf(string key) => InstanceName.Problem(key) is { } problem
        ? throw new ArgumentException(problem, nameof(key))
        : groups[RegisterGroups.IndexOf(key, groups.Count)];
}
