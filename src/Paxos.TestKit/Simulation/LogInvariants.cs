using System.Collections.Immutable;
using Paxos.Protocol;
using Paxos.Protocol.Log;
using Paxos.Protocol.MultiPaxos;

namespace Paxos.TestKit.Simulation;

/// <summary>
/// Watches the history of one log and names the first invariant that it breaks. It sees what left a role, what became
/// durable, and what was applied or answered, never what a role thinks: a role can't talk its way out.
/// </summary>
internal sealed class LogInvariants(Configuration genesis, Schedule schedule)
{
    private readonly SortedList<ulong, Configuration> configurations = new() { [0] = genesis };
    private readonly HashSet<Value> submitted = [];
    private readonly HashSet<Value> refused = [];
    private readonly HashSet<Entry> reconfigurations = [];
    private readonly Dictionary<Ballot, Place> issuers = [];
    private readonly Dictionary<Ballot, int> lives = [];
    private readonly HashSet<Ballot> leaders = [];
    private readonly Dictionary<NodeId, Ballot> promises = [];
    private readonly Dictionary<NodeId, Ballot> journaledPromises = [];
    private readonly Dictionary<(ulong Slot, Ballot Ballot), Entry> proposals = [];
    private readonly Dictionary<ulong, SortedDictionary<Ballot, HashSet<NodeId>>> acceptors = [];
    private readonly Dictionary<ulong, SortedDictionary<Ballot, Entry>> accepts = [];
    private readonly Dictionary<ulong, (Ballot Ballot, Entry Entry)> chosen = [];
    private readonly Dictionary<(ulong Slot, Ballot Ballot), ulong> proposedAtMs = [];
    private readonly List<ulong> digests = [];
    private (ulong Round, ulong TimeMs, ulong ProposedMs) lastStamp;

    /// <summary>The first broken invariant; null while all hold.</summary>
    public BrokenLogInvariant? Broken { get; private set; }

    /// <summary>The highest slot that any learner has applied.</summary>
    public ulong LearnedThrough { get; private set; }

    /// <summary>Up to here every slot is chosen, whether or not anybody knows.</summary>
    public ulong ChosenThrough { get; private set; }

    public void Submitted(ImmutableArray<Value> commands) => submitted.UnionWith(commands);

    public void Submitted(Configuration next) => reconfigurations.Add(Entry.Of(next));

    public void Refused(ImmutableArray<Value> commands)
    {
        refused.UnionWith(commands);
        foreach (var ((slot, ballot), entry) in proposals)
            CheckNotRefused(slot, ballot, entry);
    }

    public void ReadConfirmed(NodeId by, ulong slot, ulong least)
    {
        if (slot < least)
            Break(LogInvariant.Linearizable, $"{by} confirmed a read at {slot}, but {least} had been learned before it was asked");
    }

    /// <summary>A message left its node.</summary>
    /// <param name="life">Which start of the role it was.</param>
    public void Sent(Place from, int life, Message message)
    {
        switch (message)
        {
            case Prepare m:
                CheckIssued(from, life, m.Ballot);
                break;
            case Accept m:
                CheckIssued(from, life, m.Ballot);
                Propose(from, m);
                CheckMark(from, m.Ballot, m.First, m.ChosenThrough);
                break;
            case Chosen m:
                CheckIssued(from, life, m.Ballot);
                CheckMark(from, m.Ballot, m.First, m.Through);
                break;
            case Promise m:
                Raise(promises, from.Node, m.Ballot);
                CheckChosenThrough(from, Math.Max(m.TrimmedThrough, m.ChosenThrough));
                break;
            case Accepted m:
                CheckPromise(promises, from.Node, m.Ballot);
                break;
            case Entries m:
                for (var i = 0; i < m.Items.Count; i++)
                    CheckLearned(from.ToString(), m.First + (ulong)i, m.Items[i]);
                break;
            case Learned m:
                CheckChosenThrough(from, m.Through);
                break;
            case Trimmed m:
                CheckChosenThrough(from, m.Through);
                break;
        }
    }

    /// <summary>A role began to write.</summary>
    public void Writing(NodeId node, Event @event)
    {
        if (@event is EntryAccepted e && promises.TryGetValue(node, out var promised) && e.Ballot < promised)
            Break(LogInvariant.Promise, $"{node} writes {e}, after it had promised {promised}");
    }

    /// <summary>What a role wrote is in its journal.</summary>
    public void Durable(NodeId node, Event @event)
    {
        switch (@event)
        {
            case Promised e:
                Raise(journaledPromises, node, e.Ballot);
                break;
            case EntryAccepted e:
                CheckPromise(journaledPromises, node, e.Ballot);
                Raise(journaledPromises, node, e.Ballot);
                CheckOneValueABallot(node.ToString(), e.Slot, e.Ballot, e.Entry);
                Count(node, e);
                break;
            case EntryLearned e:
                CheckLearned($"{node}'s journal", e.Slot, e.Entry);
                break;
            case LogTrimmed e:
                if (journaledPromises.TryGetValue(node, out var promised) && e.Promised < promised)
                    Break(LogInvariant.Promise, $"{node}'s {e} says {e.Promised}, after it had promised {promised}");
                CheckChosenThrough(new Place(node, Role.Acceptor), e.Through);
                break;
        }
    }

    /// <summary>A learner is about to apply an entry to a state that holds everything up to the slot before it.</summary>
    /// <param name="applied">The slot that the state holds.</param>
    /// <param name="digest">Of the state.</param>
    public void Applying(NodeId node, ulong slot, Entry entry, ulong applied, ulong digest)
    {
        if (slot != applied + 1)
            Break(LogInvariant.Prefix, $"{node} applied {slot} after {applied}");
        CheckLearned(node.ToString(), slot, entry);
        CheckState(node, applied, digest);
        if (slot <= LearnedThrough)
            return;
        LearnedThrough = slot;
        if (entry.Kind == EntryKind.Batch)
            CheckTime(slot, Batch.Decode(entry.Value), proposedAtMs[(slot, accepts[slot].First(accept => accept.Value == entry).Key)]);
    }

    /// <summary>What the node's machine is after its last slot is what it is on every node.</summary>
    public void CheckState(NodeId node, ulong applied, ulong digest)
    {
        while ((ulong)digests.Count <= applied)
            digests.Add(0);
        var known = digests[(int)applied];
        if (known == 0)
            digests[(int)applied] = digest;
        else if (known != digest)
            Break(LogInvariant.Prefix, $"the state of {node} after {applied} is another than it was elsewhere");
    }

    public void Stuck(string what) => Break(LogInvariant.Progress, what);

    public (Ballot Ballot, Entry Entry)? ChosenAt(ulong slot) => chosen.TryGetValue(slot, out var at) ? at : null;

    /// <summary>True where something was accepted above this slot, below this ballot.</summary>
    public bool IsGap(ulong slot, Ballot ballot) =>
        acceptors.Any(each => each.Key > slot && each.Value.Keys.Any(accepted => accepted < ballot));

    /// <summary>True where this entry was proposed for the slot at a lower ballot.</summary>
    public bool IsAdopted(Accept accept) =>
        accepts.TryGetValue(accept.Slot, out var all) && all.Any(each => each.Key < accept.Ballot && each.Value == accept.Entry);

    public bool IsNew(Ballot ballot) => !issuers.ContainsKey(ballot);

    /// <summary>True where anything was proposed at this ballot.</summary>
    public bool HasProposed(Ballot ballot) => leaders.Contains(ballot);

    /// <summary>True where the proposal is not known yet.</summary>
    public bool IsFirst(Accept accept) => !proposals.ContainsKey((accept.Slot, accept.Ballot));

    // Each was stamped when it was first proposed, and one that a deposed leader left behind moves nothing.
    private void CheckTime(ulong slot, Batch batch, ulong proposedMs)
    {
        if (batch.Round < lastStamp.Round)
            return;
        if (batch.TimeMs > lastStamp.TimeMs + (proposedMs - Math.Min(proposedMs, lastStamp.ProposedMs)) + 1)
        {
            Break(
                LogInvariant.TimeIsNotAhead,
                $"{slot} carries time {batch.TimeMs}, proposed at {proposedMs} ms, after {lastStamp.TimeMs}, proposed at {lastStamp.ProposedMs} ms");
        }
        lastStamp = (batch.Round, Math.Max(batch.TimeMs, lastStamp.TimeMs), proposedMs);
    }

    private void CheckIssued(Place from, int life, Ballot ballot)
    {
        if (ballot.Node != from.Node)
            Break(LogInvariant.BallotsAreNotReused, $"{from} uses {ballot}, which is another's");
        else if (!issuers.TryAdd(ballot, from) && lives[ballot] != life)
            Break(LogInvariant.BallotsAreNotReused, $"{from} uses {ballot}, which it had issued before it restarted");
        lives.TryAdd(ballot, life);
    }

    private void Propose(Place from, Accept accept)
    {
        leaders.Add(accept.Ballot);
        CheckOneValueABallot(from.ToString(), accept.Slot, accept.Ballot, accept.Entry);
        CheckValidity(accept.Entry);
        CheckNotRefused(accept.Slot, accept.Ballot, accept.Entry);
        if (!accepts.TryGetValue(accept.Slot, out var all))
            accepts.Add(accept.Slot, all = []);
        all.TryAdd(accept.Ballot, accept.Entry);
        proposedAtMs.TryAdd((accept.Slot, accept.Ballot), (ulong)schedule.NowUs / 1000);
        if (chosen.TryGetValue(accept.Slot, out var already))
            CheckChosenStaysChosen(accept.Slot, already, accept.Ballot, accept.Entry);
    }

    private void CheckValidity(Entry entry)
    {
        if (entry.Kind == EntryKind.Batch)
        {
            foreach (var command in Batch.Decode(entry.Value).Commands.AsSpan())
            {
                if (!submitted.Contains(command))
                    Break(LogInvariant.Validity, $"nobody asked for {command}");
            }
        }
        else if (entry.Kind == EntryKind.Configuration && !reconfigurations.Contains(entry))
        {
            Break(LogInvariant.Validity, $"nobody asked for {entry}");
        }
    }

    private void CheckNotRefused(ulong slot, Ballot ballot, Entry entry)
    {
        if (entry.Kind != EntryKind.Batch || refused.Count == 0)
            return;
        foreach (var command in Batch.Decode(entry.Value).Commands.AsSpan())
        {
            if (refused.Contains(command))
                Break(LogInvariant.RefusedIsNotProposed, $"{command} was refused, and proposed at {ballot} in slot {slot}");
        }
    }

    private void CheckOneValueABallot(string who, ulong slot, Ballot ballot, Entry entry)
    {
        if (!proposals.TryAdd((slot, ballot), entry) && proposals[(slot, ballot)] != entry)
            Break(LogInvariant.OneValueABallot, $"{who} has {entry} at {ballot} in slot {slot}, where {proposals[(slot, ballot)]} was proposed");
    }

    private void CheckPromise(Dictionary<NodeId, Ballot> made, NodeId node, Ballot ballot)
    {
        if (made.TryGetValue(node, out var promise) && ballot < promise)
            Break(LogInvariant.Promise, $"{node} accepted at {ballot}, after it had promised {promise}");
    }

    // What a proposer says is chosen at its ballot: a quorum of journals holds exactly that.
    private void CheckMark(Place from, Ballot ballot, ulong first, ulong through)
    {
        CheckChosenThrough(from, through);
        for (var slot = Math.Max(first, 1); slot <= through; slot++)
        {
            if (proposals.TryGetValue((slot, ballot), out var entry))
                CheckLearned($"{from} at {ballot}", slot, entry);
            else
                Break(LogInvariant.Agreement, $"{from} says that {slot} was chosen at {ballot}, at which it proposed nothing there");
        }
    }

    private void CheckChosenThrough(Place from, ulong through)
    {
        if (through > ChosenThrough)
            Break(LogInvariant.AcknowledgedIsDurable, $"{from} says that all through {through} is chosen, but {ChosenThrough + 1} is in no quorum of journals");
    }

    private void CheckLearned(string who, ulong slot, Entry entry)
    {
        if (!chosen.TryGetValue(slot, out var at))
            Break(LogInvariant.AcknowledgedIsDurable, $"{who} learned {entry} in slot {slot}, which no quorum of journals holds");
        else if (at.Entry != entry)
            Break(LogInvariant.Agreement, $"{who} learned {entry} in slot {slot}, where {at.Entry} was chosen at {at.Ballot}");
    }

    private void CheckChosenStaysChosen(ulong slot, (Ballot Ballot, Entry Entry) at, Ballot ballot, Entry entry)
    {
        if (ballot > at.Ballot && entry != at.Entry)
            Break(LogInvariant.ChosenStaysChosen, $"{entry} was proposed at {ballot} in slot {slot}, where {at.Entry} was chosen at {at.Ballot}");
    }

    private void Count(NodeId node, EntryAccepted e)
    {
        if (!acceptors.TryGetValue(e.Slot, out var ballots))
            acceptors.Add(e.Slot, ballots = []);
        if (!ballots.TryGetValue(e.Ballot, out var nodes))
            ballots.Add(e.Ballot, nodes = []);
        var configuration = ConfigurationAt(e.Slot);
        if (!nodes.Add(node) || nodes.Count(voter => configuration.IndexOfVoter(voter) >= 0) < configuration.Rule.Phase2)
            return;
        if (chosen.TryGetValue(e.Slot, out var already))
        {
            if (already.Entry != e.Entry)
                Break(LogInvariant.Agreement, $"slot {e.Slot}: {e.Entry} is chosen at {e.Ballot}, and {already.Entry} was at {already.Ballot}");
            if (e.Ballot < already.Ballot)
                chosen[e.Slot] = (e.Ballot, e.Entry);
        }
        else
        {
            chosen.Add(e.Slot, (e.Ballot, e.Entry));
            while (chosen.ContainsKey(ChosenThrough + 1))
                ChosenThrough++;
            if (e.Entry.Kind == EntryKind.Configuration)
                configurations.Add(e.Slot, Configuration.Decode(e.Entry.Value));
        }
        foreach (var (ballot, entry) in accepts[e.Slot])
            CheckChosenStaysChosen(e.Slot, chosen[e.Slot], ballot, entry);
    }

    // A configuration holds for the slots after its own.
    private Configuration ConfigurationAt(ulong slot)
    {
        var i = configurations.Count - 1;
        while (configurations.Keys[i] > 0 && configurations.Keys[i] >= slot)
            i--;
        return configurations.Values[i];
    }

    private static void Raise(Dictionary<NodeId, Ballot> made, NodeId node, Ballot ballot)
    {
        if (ballot > made.GetValueOrDefault(node))
            made[node] = ballot;
    }

    private void Break(LogInvariant invariant, string what) => Broken ??= new BrokenLogInvariant(invariant, what);
}
