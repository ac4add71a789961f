using Paxos.Actors.Metrics;
using Paxos.Actors.Roles.Log;
using Paxos.Actors.Storage;
using Paxos.Protocol;

namespace Paxos.Actors.Roles;

/// <summary>What the actors of one node share, for the life of its actor system.</summary>
internal sealed class NodeContext(
    PaxosSettings settings, Member self, ITransport transport, JournalNumber journal, StatusBoard board, PaxosMeter meter, Random random, TimeProvider time)
{
    public PaxosSettings Settings { get; } = settings;

    public Member Self { get; } = self;

    /// <summary>Another number at each start of the node.</summary>
    public ulong Process { get; } = (ulong)Random.Shared.NextInt64(1, long.MaxValue);

    public ITransport Transport { get; } = new CountingTransport(transport, self.Id, meter.Sent);

    public JournalNumber Journal { get; } = journal;

    public StatusBoard Board { get; } = board;

    public PaxosMeter Meter { get; } = meter;

    public TimeProvider Time { get; } = time;

    /// <summary>Of the elections of all its groups.</summary>
    public ElectionTurns Turns { get; } = new(settings.Log.MaxStanding);

    /// <summary>Of the roles of all its groups.</summary>
    public RetryPace Retries { get; } = new(settings.Log.RetriesPerSecond);

    // A clock that a spec moves wakes nobody who waits on a timer: what is due by it is looked for at this interval.
    private static readonly TimeSpan LookAtClockEvery = TimeSpan.FromMilliseconds(20);

    /// <summary>How long to wait, by a timer, for what is due so soon by <see cref="Time"/>.</summary>
    public TimeSpan UntilDue(TimeSpan due) => Time == TimeProvider.System || due < LookAtClockEvery ? due : LookAtClockEvery;

    /// <summary>What the clocks say to the core.</summary>
    public Now Now => new((ulong)Time.GetElapsedTime(0).TotalMilliseconds, (ulong)Time.GetUtcNow().ToUnixTimeMilliseconds());

    /// <summary>Uniform from min to max. A seeded <see cref="Random"/> is not for many threads, and the actors share it.</summary>
    public TimeSpan Draw(TimeSpan min, TimeSpan max)
    {
        lock (random)
            return min + (max - min) * random.NextDouble();
    }

    /// <summary>paxos/{cluster}/{group}/{node}/{incarnation}/{role}</summary>
    public string PersistenceId(string group, string role) =>
        $"paxos/{Settings.Cluster}/{group}/{Self.Id}/{Self.Incarnation}/{role}";
}
