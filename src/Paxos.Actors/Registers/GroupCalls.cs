using System.Runtime.CompilerServices;
using Akka.Actor;
using Paxos.Actors.Roles.Log;
using Paxos.Protocol;

namespace Paxos.Actors.Registers;

/// <summary>The registers' calls for one group that this node hosts.</summary>
internal sealed class GroupCalls(LogGroup group, PaxosSettings settings) : IRegisterCalls
{
    private readonly LogCalls calls = new(group, settings);

    public Task<Value> ApplyAsync(Value command, string? idempotencyKey, CancellationToken ct) => calls.ApplyAsync(command, idempotencyKey, ct);

    public Task<Value> QueryAsync(Value query, Consistency consistency, CancellationToken ct) =>
        calls.AskAsync(machine => machine.Query(query), consistency, ct);

    public async IAsyncEnumerable<RegisterEvent> WatchAsync(
        string keyOrPrefix, bool isPrefix, ulong? after, [EnumeratorCancellation] CancellationToken ct)
    {
        // One that fell behind, or whose node jumped ahead by a snapshot, begins again with how it is then.
        for (var from = after; ; from = null)
        {
            var watcher = new RegisterWatcher(keyOrPrefix, isPrefix, from, settings.Log.WatchBuffer);
            using var ending = group.Ended.Register(
                () => watcher.End(new NotAppliedException(NotAppliedReason.NoQuorum, "The node has ended: watch at another one.")));
            try
            {
                (await group.Client.WaitAsync(ct).ConfigureAwait(false)).Tell(new Watch(watcher));
                await foreach (var @event in watcher.Events.ReadAllAsync(ct).ConfigureAwait(false))
                    yield return @event;
            }
            finally
            {
                watcher.Close();
            }
        }
    }
}
