using System.Collections.Immutable;
using Paxos.Protocol;
using Paxos.Protocol.Log;
using Paxos.Protocol.MultiPaxos;
using Timer = Paxos.Protocol.Timer;

namespace Paxos.TestKit.Checking.Log;

/// <summary>
/// One move at a node: a real proposer and a real acceptor behind real outboxes, a learner that applies what it is told, and all
/// that they say to each other because of it, in order. A client is there that asks each leader for its commands when it opens.
/// </summary>
/// <param name="doomAt">The write of this number, counted from 0 over the whole move, will be lost; -1: every write is durable.</param>
internal sealed class LogCascade(LogCast cast, LogNode before, int doomAt)
{
    private readonly NodeId self = cast.Nodes[before.Place];
    private readonly Queue<Message> local = new();
    private readonly Effects effects = new();
    private LogNode node = null!;
    private LogMove move;
    private Acceptor acceptor = null!;
    private Proposer? proposer;
    private Host acceptorHost = null!;
    private Host proposerHost = null!;

    public List<LogLetter> Letters { get; } = [];

    public List<Fact> Facts { get; } = [];

    public Fact? Issued { get; private set; }

    public int Writes { get; private set; }

    public Event? Lost { get; private set; }

    public BrokenInvariant? Broken { get; private set; }

    public LogNode After() => node with
    {
        Acceptor = LogNodeModel.Bytes(acceptor),
        Proposer = proposer is null ? null : LogNodeModel.Bytes(proposer),
        IsAcceptorDoomed = acceptorHost.IsDoomed,
        IsProposerDoomed = proposerHost.IsDoomed,
    };

    public void Run(LogMove move, LogLetter? letter)
    {
        this.move = move;
        node = before;
        if (move == LogMove.Crash)
            Restart();
        else
            Wake(before.Acceptor, before.Proposer, before.IsAcceptorDoomed, before.IsProposerDoomed);
        switch (move)
        {
            case LogMove.Stand:
                proposer!.OnTimer(Timer.Stand, default, effects);
                CarryOut(proposerHost);
                break;
            case LogMove.Deliver:
                Take(cast.Nodes[letter!.Value.From], letter.Value.Message);
                break;
            case LogMove.Crash:
                local.Enqueue(new Fetch(node.AppliedThrough + 1));
                proposer?.Start(default, effects);
                CarryOut(proposerHost);
                break;
            case LogMove.Snapshot or LogMove.Trim:
                node = node with { Snapshot = node.AppliedThrough, InForceAtSnapshot = node.InForce, Snapshots = node.Snapshots + 1 };
                if (move == LogMove.Trim)
                    local.Enqueue(new Trim(node.Snapshot));
                break;
        }
        do
        {
            while (local.TryDequeue(out var message))
                Take(self, message);
        }
        while (Ask());
        if (move == LogMove.Stand && Writes > 0)
            node = node with { Stood = node.Stood + 1 };
    }

    private void Wake(byte[] acceptorBytes, byte[]? proposerBytes, bool isAcceptorDoomed, bool isProposerDoomed)
    {
        acceptor = new Acceptor(self, cast.Log);
        LogNodeModel.Load(acceptor, acceptorBytes);
        proposer = proposerBytes is null ? null : cast.LoadProposer(node.Place, proposerBytes);
        acceptorHost = new Host(this, isAcceptorDoomed);
        proposerHost = new Host(this, isProposerDoomed);
    }

    private void Restart()
    {
        node = node with
        {
            AppliedThrough = node.Snapshot,
            InForce = node.InForceAtSnapshot,
            Awaited = null,
            Asked = Ballot.None,
            AskedToChange = Ballot.None,
        };
        Wake(cast.Options.Snapshots > 0 ? FromRecords() : node.AcceptorJournal, node.ProposerJournal, false, false);
    }

    // The journal may have been deleted as far as LogTrimmed allows.
    private byte[] FromRecords()
    {
        var role = new Acceptor(self, cast.Log);
        foreach (var record in Kept(node.Records))
            role.Recover(record);
        return LogNodeModel.Bytes(role);
    }

    private static IEnumerable<Event> Kept(EquatableArray<Event> records)
    {
        var trimmed = records.Select((record, i) => (record, i)).LastOrDefault(pair => pair.record is LogTrimmed);
        if (trimmed.record is not LogTrimmed { Through: var through })
            return records;
        var first = records.TakeWhile((record, i) => i < trimmed.i && SlotOf(record) <= through).Count();
        return records.Skip(first);
    }

    private static ulong SlotOf(Event record) => record switch
    {
        EntryAccepted e => e.Slot,
        EntryLearned e => e.Slot,
        _ => 0,
    };

    private void CarryOut(Host host)
    {
        host.Outbox.Add(effects, host);
        effects.Clear();
        while (!host.IsDoomed && host.Writing.TryDequeue(out var write))
        {
            if (Writes++ == doomAt)
            {
                Lost = write;
                host.IsDoomed = true;
                break;
            }
            Durable(host, write);
            host.Outbox.Persisted();
        }
    }

    private void Durable(Host host, Event write)
    {
        if (host == proposerHost)
        {
            var role = cast.NewProposer(node.Place);
            LogNodeModel.Load(role, node.ProposerJournal!);
            role.Recover(write);
            node = node with { ProposerJournal = LogNodeModel.Bytes(role) };
            return;
        }
        var journal = new Acceptor(self, cast.Log);
        LogNodeModel.Load(journal, node.AcceptorJournal);
        journal.Recover(write);
        node = node with { AcceptorJournal = LogNodeModel.Bytes(journal) };
        if (cast.Options.Snapshots > 0)
            node = node with { Records = ImmutableArray.Create<Event>([.. node.Records, write]) };
        switch (write)
        {
            case Promised e:
                Bind(e.Ballot);
                break;
            case EntryAccepted e:
                CheckPromise(e.Ballot);
                // To accept is to promise.
                Bind(e.Ballot);
                Facts.Add(new Fact(FactKind.Accepted, self, e.Slot, e.Ballot, e.Entry));
                break;
        }
    }

    private void Bind(Ballot ballot) => node = node with { Promised = ballot > node.Promised ? ballot : node.Promised };

    private void CheckPromise(Ballot ballot)
    {
        if (ballot < node.Promised)
            Broken ??= new(Invariant.Promise, $"{self} accepted at {ballot}, after it had promised {node.Promised}");
    }

    private void Send(NodeId to, Message message)
    {
        switch (message)
        {
            case Prepare { From: 0 } m when move == LogMove.Stand:
                Issued = new Fact(FactKind.Issued, self, 0, m.Ballot, default);
                Facts.Add(Issued.Value);
                break;
            case Promise m:
                Bind(m.Ballot);
                break;
            case Accepted m:
                CheckPromise(m.Ballot);
                break;
            case Accept m when m.Slot > (ulong)cast.Options.Slots:
                return;
            case Accept m:
                Facts.Add(new Fact(FactKind.Proposed, self, m.Slot, m.Ballot, m.Entry));
                break;
        }
        var isSlow = cast.Options.SlowSelf > 0 && message is Prepare { From: > 0 } or Promise or Accept or Accepted;
        if (to == self && !isSlow)
            local.Enqueue(message);
        else
            Post(to, message);
    }

    // Refusals only save time, and so does the news that nothing is chosen yet.
    private void Post(NodeId to, Message message)
    {
        if (message is Trimmed && node.Snapshot > 0)
            message = new SnapshotChunk(node.Snapshot, node.InForceAtSnapshot.Slot, 0, node.InForceAtSnapshot.Configuration.Encode());
        if (message is Prepare or Promise or Accept or Accepted or Chosen { Through: > 0, WantsLearned: false } or Fetch or Entries or SnapshotChunk
            && cast.Nodes.Contains(to))
        {
            Letters.Add(new LogLetter(before.Place, cast.Nodes.IndexOf(to), message));
        }
    }

    private void Take(NodeId from, Message message)
    {
        switch (message)
        {
            case Prepare or Accept or Chosen or Fetch or Trim or Observe:
                acceptor.On(from, message, default, effects);
                CarryOut(acceptorHost);
                break;
            case Entries m:
                acceptor.On(from, m, default, effects);
                CarryOut(acceptorHost);
                Learn(from, m);
                break;
            case Missing m:
                foreach (var other in cast.Nodes.Where(other => other != self && (m.At == self || other == m.At)))
                    Post(other, new Fetch(m.From));
                break;
            case WhenApplied m:
                node = node with { Awaited = m.Slot };
                TellApplied();
                break;
            case SnapshotChunk m:
                Restore(m.Slot, new Standing(Configuration.Decode(m.Bytes), m.Offset));
                break;
            case Trimmed m when m.Through > node.AppliedThrough:
                Broken ??= new(Invariant.Prefix, $"{self} has let go of slot {m.Through}, and has applied {node.AppliedThrough}");
                break;
            case Promise or Accepted or Observed or InForce or Applied:
                proposer?.On(from, message, default, effects);
                CarryOut(proposerHost);
                break;
        }
    }

    private void Learn(NodeId from, Entries entries)
    {
        if (entries.First > node.AppliedThrough + 1)
        {
            if (from == self)
                Broken ??= new(Invariant.Prefix, $"{self} was told slot {entries.First}, and has applied {node.AppliedThrough}");
            return;
        }
        for (var i = 0; i < entries.Items.Count; i++)
        {
            var slot = entries.First + (ulong)i;
            Facts.Add(new Fact(FactKind.Learned, self, slot, Ballot.None, entries.Items[i]));
            if (slot != node.AppliedThrough + 1)
                continue;
            node = node with { AppliedThrough = slot };
            if (entries.Items[i].Kind == EntryKind.Configuration)
            {
                node = node with { InForce = new Standing(Configuration.Decode(entries.Items[i].Value), slot) };
                local.Enqueue(new InForce(node.InForce.Configuration, slot));
            }
            TellApplied();
        }
    }

    private void Restore(ulong slot, Standing inForce)
    {
        if (slot <= node.AppliedThrough)
            return;
        node = node with { AppliedThrough = slot, InForce = inForce, Snapshot = slot, InForceAtSnapshot = inForce };
        local.Enqueue(new InForce(inForce.Configuration, inForce.Slot));
        TellApplied();
        local.Enqueue(new Trim(slot));
        local.Enqueue(new Fetch(slot + 1));
    }

    private void TellApplied()
    {
        if (node.Awaited is not { } slot || node.AppliedThrough < slot)
            return;
        node = node with { Awaited = null };
        local.Enqueue(new InForce(node.InForce.Configuration, node.InForce.Slot));
        local.Enqueue(new Applied(node.AppliedThrough, 0));
    }

    /// <summary>The client. False where it has nothing to ask for.</summary>
    private bool Ask()
    {
        if (proposer is null || proposer.Leader != self)
            return false;
        var ballot = proposer.Ballot;
        // The commands come at once behind the change, and wait for the new configuration.
        if (cast.Next is { } next && before.Place == 0 && node.InForce.Configuration.Epoch == 1 && node.AskedToChange != ballot)
        {
            node = node with { AskedToChange = ballot };
            Want(Entry.Of(next));
            proposer.On(self, new Reconfigure(1, next), default, effects);
            CarryOut(proposerHost);
        }
        if (node.Asked == ballot)
            return false;
        node = node with { Asked = ballot };
        for (var i = 1; i <= cast.Options.Commands; i++)
        {
            var command = Value.FromUtf8($"{ballot}-{i}");
            Want(new Entry(EntryKind.Batch, command));
            proposer.On(self, new Submit((ulong)i, ImmutableArray.Create(command)), default, effects);
            CarryOut(proposerHost);
        }
        return true;
    }

    private void Want(Entry entry) => Facts.Add(new Fact(FactKind.Wanted, default, 0, Ballot.None, entry));

    private sealed class Host : IHost
    {
        private readonly LogCascade cascade;

        public Host(LogCascade cascade, bool isDoomed)
        {
            this.cascade = cascade;
            IsDoomed = isDoomed;
            if (!isDoomed)
                return;
            // A write that is under way for ever.
            var underWay = new Effects();
            underWay.Persist(new RoundsReserved(0));
            Outbox.Add(underWay, this);
        }

        public Outbox Outbox { get; } = new();

        public bool IsDoomed { get; set; }

        public Queue<Event> Writing { get; } = [];

        void IHost.Persist(Event @event) => Writing.Enqueue(@event);

        void IHost.Send(NodeId to, Message message) => cascade.Send(to, message);

        void IHost.StartTimer(Timer timer, TimeSpan min, TimeSpan max) { }

        void IHost.StopTimer(Timer timer) { }

        void IHost.Tell(Effect.Told told) { }
    }
}
