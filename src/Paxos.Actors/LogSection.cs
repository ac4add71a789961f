using Akka.Configuration;
using Paxos.Protocol;
using Paxos.Protocol.Log;
using Paxos.Protocol.MultiPaxos;

namespace Paxos.Actors;

/// <summary>The sections <c>paxos.log</c> and <c>paxos.election</c>.</summary>
public sealed class LogSection
{
    /// <exception cref="PaxosConfigurationException">A setting is missing or makes no sense; the message names it.</exception>
    public LogSection(Config log, Config election)
    {
        var read = new SettingReader(log, "paxos.log");
        var elections = new SettingReader(election, "paxos.election");
        Options = new LogOptions
        {
            Window = read.AtLeastOne("window"),
            EagerSlots = read.AtLeastOne("eager-slots"),
            BatchBytes = read.AtLeastOne("batch-bytes"),
            BatchCommands = read.AtLeastOne("batch-commands"),
            QueueBytes = read.AtLeastOne("queue-bytes"),
            PageBytes = read.AtLeastOne("page-bytes"),
            SnapshotEverySlots = read.AtLeastOne("snapshot-every-slots"),
            SnapshotEveryBytes = read.AtLeastOne("snapshot-every-bytes"),
            SnapshotSoonestSlots = read.AtLeastOne("snapshot-soonest-slots"),
            RetainSlots = read.AtLeastOne("retain-slots"),
            RetainBytes = read.AtLeastOne("retain-bytes"),
            Retry = new RetryDelays(read.Duration("retry-base"), read.Duration("retry-max")),
            StandWithin = elections.Duration("stand-within"),
            ElectionTimeout = elections.Duration("timeout"),
        };
        Sessions = new LogSettings
        {
            SessionTimeout = read.Duration("session-timeout"),
            SessionMaxInFlight = read.AtLeastOne("session-max-in-flight"),
            IdempotencyKeep = read.Duration("idempotency-keep"),
            IdempotencyMax = read.AtLeastOne("idempotency-max"),
            DigestInterval = read.AtLeastOne("digest-interval"),
        };
        Clients = new ClientSettings
        {
            MaxPending = read.AtLeastOne("max-in-flight"),
            SubmitCommands = Options.BatchCommands,
            SubmitBytes = Options.BatchBytes,
        };
        RetriesPerSecond = read.AtLeastOne("retries-per-second");
        MaxStanding = elections.AtLeastOne("max-standing");
        Turn = elections.Duration("turn");
        SpreadLeaders = elections.Flag("spread-leaders");
        SpreadInterval = elections.Duration("spread-interval");
        SnapshotChunkBytes = read.Number("snapshot-chunk-bytes", 1, MaxChunkBytes);
        WatchHistoryEvents = read.AtLeastOne("watch-history-events");
        WatchHistoryBytes = read.AtLeastOne("watch-history-bytes");
        WatchBuffer = read.AtLeastOne("watch-buffer");
        WatchProgress = read.Duration("watch-progress");
    }

    /// <summary>Larger pieces would starve the heartbeats behind them.</summary>
    public const int MaxChunkBytes = 256 * 1024;

    public LogOptions Options { get; }

    public LogSettings Sessions { get; }

    public ClientSettings Clients { get; }

    /// <summary>Of all groups of a node together.</summary>
    public int RetriesPerSecond { get; }

    /// <summary>In so many groups a node stands at once.</summary>
    public int MaxStanding { get; }

    /// <summary>After this long a group that got nowhere no longer counts among them.</summary>
    public TimeSpan Turn { get; }

    public bool SpreadLeaders { get; }

    public TimeSpan SpreadInterval { get; }

    public int SnapshotChunkBytes { get; }

    public int WatchHistoryEvents { get; }

    public int WatchHistoryBytes { get; }

    public int WatchBuffer { get; }

    public TimeSpan WatchProgress { get; }
}
