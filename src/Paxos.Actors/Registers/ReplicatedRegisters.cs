using System.Text;
using Paxos.Protocol;
using Paxos.Protocol.Registers;

namespace Paxos.Actors.Registers;

/// <summary>Registers, as calls for the log that they stand in.</summary>
internal sealed class ReplicatedRegisters(IRegisterCalls calls) : IRegisterStore
{
    private const int MaxLimit = 1000;

    public async Task<RegisterItem?> ReadAsync(string key, Consistency consistency = Consistency.Linearizable, CancellationToken ct = default)
    {
        CheckKey(key);
        var answer = await AskAsync(new RegisterQuery.Get(key), consistency, ct).ConfigureAwait(false);
        return answer.Rows.Count == 0 ? null : ToItem(answer.Rows[0]);
    }

    public async Task<Written> WriteAsync(
        string key,
        ReadOnlyMemory<byte> value,
        Condition condition = default,
        TimeSpan? ttl = null,
        string? idempotencyKey = null,
        CancellationToken ct = default)
    {
        CheckKey(key);
        if (value.Length > IRegisterStore.MaxValueBytes)
            throw new ArgumentException($"The value has {value.Length} bytes: the limit is {IRegisterStore.MaxValueBytes} bytes.", nameof(value));
        if (ttl < TimeSpan.FromMilliseconds(1))
            throw new ArgumentException("The ttl is 1 ms or more.", nameof(ttl));
        var ttlMs = ttl is { } time ? (ulong)Math.Ceiling(time.TotalMilliseconds) : (ulong?)null;
        // The caller's buffer is the caller's again as soon as this returns: encoding copies it.
        return await ChangeAsync(new RegisterCommand.Put(key, new Value(value), condition.Version, ttlMs), idempotencyKey, ct).ConfigureAwait(false);
    }

    public Task<Written> DeleteAsync(string key, Condition condition = default, string? idempotencyKey = null, CancellationToken ct = default)
    {
        CheckKey(key);
        return ChangeAsync(new RegisterCommand.Delete(key, condition.Version), idempotencyKey, ct);
    }

    public async Task<RegisterPage> RangeAsync(
        string prefix, string? after = null, int limit = 100, Consistency consistency = Consistency.Linearizable, CancellationToken ct = default)
    {
        CheckPrefix(prefix);
        if (limit is < 1 or > MaxLimit)
            throw new ArgumentException($"The limit is {limit}: it is 1 to {MaxLimit}.", nameof(limit));
        var answer = await AskAsync(new RegisterQuery.Range(prefix, after, limit), consistency, ct).ConfigureAwait(false);
        return new RegisterPage(answer.Revision, [.. answer.Rows.Select(ToItem)], answer.Next);
    }

    public IAsyncEnumerable<RegisterEvent> WatchAsync(string keyOrPrefix, bool isPrefix, ulong? after = null, CancellationToken ct = default)
    {
        if (isPrefix)
            CheckPrefix(keyOrPrefix);
        else
            CheckKey(keyOrPrefix);
        return calls.WatchAsync(keyOrPrefix, isPrefix, after, ct);
    }

    private async Task<Written> ChangeAsync(RegisterCommand command, string? idempotencyKey, CancellationToken ct)
    {
        var result = RegisterResult.Decode(await calls.ApplyAsync(command.Encode(), idempotencyKey, ct).ConfigureAwait(false));
        return new Written(result.Happened, result.Created, result.Version);
    }

    private async Task<RegisterAnswer> AskAsync(RegisterQuery query, Consistency consistency, CancellationToken ct) =>
        RegisterAnswer.Decode(await calls.QueryAsync(query.Encode(), consistency, ct).ConfigureAwait(false));

    private static RegisterItem ToItem(RegisterRow row) => new(row.Key, row.Version, row.Value.Bytes);

    private static void CheckKey(string key)
    {
        if (InstanceName.Problem(key) is { } problem)
            throw new ArgumentException(problem, nameof(key));
    }

    private static void CheckPrefix(string prefix)
    {
        if (Encoding.UTF8.GetByteCount(prefix) > InstanceName.MaxBytes)
            throw new ArgumentException($"The prefix is longer than any key: {InstanceName.MaxBytes} bytes.", nameof(prefix));
    }
}
