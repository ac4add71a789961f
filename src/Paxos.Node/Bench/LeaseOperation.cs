using Paxos.Actors.Registers;
using Paxos.Node.Client;

namespace Paxos.Node.Bench;

/// <summary>
/// Renews leases, each client its own: a register with a time to live, written on the condition that it has the version that the
/// client wrote last. Whoever does not know that version looks, and takes the lease again.
/// </summary>
/// <param name="keys">One for each client, and no other run's.</param>
/// <param name="ttl">How long a lease is held that is not renewed.</param>
internal sealed class LeaseOperation(IBenchTarget target, BenchValues values, BenchKeys keys, TimeSpan ttl) : IWriteOperation
{
    // By client, each its own; null: not known, since nothing is held yet, or the last try's outcome is not known.
    private readonly ulong?[] held = new ulong?[keys.Count];

    public int Prepared => keys.Count;

    public Task<Answer> PrepareAsync(BenchTurn turn, CancellationToken ct) => RunAsync(turn, ct);

    public async Task<Answer> RunAsync(BenchTurn turn, CancellationToken ct)
    {
        var key = keys.Of(KeyOf(turn));
        if (held[turn.Client] is not { } version)
        {
            var now = await target.ReadAsync(turn.Endpoint, key, Consistency.Linearizable, ct);
            if (now is not (Answer.Found or Answer.Absent))
                return now;
            version = now is Answer.Found found ? found.Version : 0;
        }
        // Until it is known to be renewed: a try that was not answered may have been made.
        held[turn.Client] = null;
        var answer = await target.WriteAsync(turn.Endpoint, key, values.Next(turn.Started), new Condition(version), ttl, ct);
        if (answer is Answer.Written written)
            held[turn.Client] = written.Version;
        return answer;
    }

    public bool IsSuccess(Answer answer) => answer is Answer.Written;

    public long KeyOf(BenchTurn turn) => turn.Client;
}
