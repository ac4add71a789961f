using Paxos.Actors;
using Paxos.Actors.Registers;
using Paxos.TestKit.Simulation;

namespace Paxos.TestKit.Histories;

/// <summary>
/// Registers, and beside them the <see cref="RecordedHistory"/> of what was asked and told. A register of a type:
/// <c>client.Register&lt;string&gt;("lamp")</c>.
/// </summary>
/// <remarks>Errors as <see cref="IRegisterStore"/>; and <see cref="InvalidOperationException"/> where the history is full.</remarks>
public sealed class RecordedRegisters : IRegisterStore
{
    private readonly RecordedHistory history;
    private readonly IRegisterStore registers;
    private readonly string client;

    internal RecordedRegisters(RecordedHistory history, IRegisterStore registers, string client)
    {
        this.history = history;
        this.registers = registers;
        this.client = client;
    }

    /// <inheritdoc/>
    public async Task<RegisterItem?> ReadAsync(string key, Consistency consistency = Consistency.Linearizable, CancellationToken ct = default)
    {
        if (consistency != Consistency.Linearizable)
            return await registers.ReadAsync(key, consistency, ct).ConfigureAwait(false);
        var operation = history.Begin(client, key, RegisterAction.Get);
        try
        {
            var item = await registers.ReadAsync(key, consistency, ct).ConfigureAwait(false);
            history.Return(operation, item);
            return item;
        }
        catch
        {
            history.Withdraw(operation);
            throw;
        }
    }

    /// <inheritdoc/>
    public Task<Written> WriteAsync(
        string key, ReadOnlyMemory<byte> value, Condition condition = default, TimeSpan? ttl = null, string? idempotencyKey = null, CancellationToken ct = default)
    {
        if (ttl is not null || idempotencyKey is not null)
            history.LeaveOut(key);
        return ChangeAsync(
            history.Begin(client, key, RegisterAction.Put, value, condition.Version),
            () => registers.WriteAsync(key, value, condition, ttl, idempotencyKey, ct));
    }

    /// <inheritdoc/>
    public Task<Written> DeleteAsync(string key, Condition condition = default, string? idempotencyKey = null, CancellationToken ct = default)
    {
        if (idempotencyKey is not null)
            history.LeaveOut(key);
        return ChangeAsync(
            history.Begin(client, key, RegisterAction.Delete, condition: condition.Version),
            () => registers.DeleteAsync(key, condition, idempotencyKey, ct));
    }

    /// <inheritdoc/>
    public Task<RegisterPage> RangeAsync(
        string prefix, string? after = null, int limit = 100, Consistency consistency = Consistency.Linearizable, CancellationToken ct = default) =>
        registers.RangeAsync(prefix, after, limit, consistency, ct);

    /// <inheritdoc/>
    public IAsyncEnumerable<RegisterEvent> WatchAsync(string keyOrPrefix, bool isPrefix, ulong? after = null, CancellationToken ct = default) =>
        registers.WatchAsync(keyOrPrefix, isPrefix, after, ct);

    private async Task<Written> ChangeAsync(RegisterOperation operation, Func<Task<Written>> change)
    {
        try
        {
            var written = await change().ConfigureAwait(false);
            history.Return(operation, written);
            return written;
        }
        catch (Exception e) when (e is NotAppliedException or ArgumentException or KeyConflictException)
        {
            history.Withdraw(operation);
            throw;
        }
        // Whatever else is thrown: it may have happened, and stays without an answer.
    }
}
