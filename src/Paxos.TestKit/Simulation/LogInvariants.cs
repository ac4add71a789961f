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

    // Of each command how many copies are out that were neither refused nor proposed.
    private readonly Dictionary<Value, int> copies = [];
    private readonly HashSet<Entry> reconfigurations = [];
    private readonly Dictionary<(Ballot Ballot, Incarnation Incarnation), int> lives = [];
    private readonly HashSet<Ballot> issued = [];
    private readonly Dictionary<Ballot, Member> leaders = [];
    private readonly Dictionary<Member, Ballot> promises = [];
    private readonly Dictionary<Member, Ballot> journaledPromises = [];
    private readonly Dictionary<(ulong Slot, Ballot Ballot), Entry> proposals = [];
    private readonly Dictionary<ulong, SortedDictionary<Ballot, HashSet<Member>>> acceptors = [];
    private readonly Dictionary<ulong, SortedDictionary<Ballot, Entry>> accepts = [];
    private readonly Dictionary<ulong, (Ballot Ballot, Entry Entry)> chosen = [];
    private readonly Dictionary<(ulong Slot, Ballot Ballot), ulong> proposedAtMs = [];
    private readonly Dictionary<ulong, ulong> digests = [];
    private (Ballot Ballot, ulong TimeMs, ulong ProposedMs) lastStamp;

    /// <summary>The first broken invariant; null while all hold.</summary>
    public BrokenLogInvariant? Broken { get; private set; }

    /// <summary>The highest slot that any learner has applied.</summary>
    public ulong LearnedThrough { get; private set; }

    /// <summary>Up to here every slot is chosen, whether or not anybody knows.</summary>
    public ulong ChosenThrough { get; private set; }

    /// <summary>The newest configuration that is chosen.</summary>
    public Configuration Newest => configurations.Values[^1];

    /// <summary>The first configuration with the voters of this epoch.</summary>
    public Configuration InVoterEpoch(uint epoch) => configurations.Values.First(each => each.VoterEpoch == epoch);

    /// <summary>A copy of these commands has left a client.</summary>
    public void Submitted(EquatableArray<Value> commands)
    {
        foreach (var command in commands.AsSpan())
        {
            submitted.Add(command);
            copies[command] = copies.GetValueOrDefault(command) + 1;
        }
    }

    public void Submitted(Configuration next) => reconfigurations.Add(Entry.Of(next));

    /// <summary>One of their copies was refused.</summary>
    public void Refused(EquatableArray<Value> commands)
    {
        foreach (var command in commands.AsSpan())
            UseUp(command, "refused");
    }

    public void ReadConfirmed(NodeId by, ulong slot, ulong least)
    {
        if (slot < least)
            Break(LogInvariant.Linearizable, $"{by} confirmed a read at {slot}, but {least} had been learned before it was asked");
    }

    /// <summary>A message left its node.</summary>
    /// <param name="life">Which start of the role it was.</param>
    public void Sent(Place from, Member member, int life, Message message)
    {
        switch (message)
        {
            case Prepare m:
                CheckIssued(from, member, life, m.Ballot);
                break;
            case Accept m:
                CheckIssued(from, member, life, m.Ballot);
                Propose(from, member, m);
                CheckMark(from, m.Ballot, m.First, m.ChosenThrough);
                break;
            // It names no slot of its own, and only says how far the log is.
            case Chosen m when m.Ballot == Ballot.None && m.First > m.Through:
                CheckChosenThrough(from, m.Through);
                break;
            case Chosen m:
                CheckIssued(from, member, life, m.Ballot);
                CheckMark(from, m.Ballot, m.First, m.Through);
                break;
            case Promise m:
                Raise(promises, member, m.Ballot);
                CheckChosenThrough(from, Math.Max(m.TrimmedThrough, m.ChosenThrough));
                break;
            case Accepted m:
                CheckPromise(promises, member, m.Ballot);
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
    public void Writing(Member member, Event @event)
    {
        if (@event is EntryAccepted e && promises.TryGetValue(member, out var promised) && e.Ballot < promised)
            Break(LogInvariant.Promise, $"{member.Id} writes {e}, after it had promised {promised}");
    }

    /// <summary>What a role wrote is in its journal.</summary>
    public void Durable(Member member, Event @event)
    {
        switch (@event)
        {
            case Promised e:
                Raise(journaledPromises, member, e.Ballot);
                break;
            case EntryAccepted e:
                CheckPromise(journaledPromises, member, e.Ballot);
                Raise(journaledPromises, member, e.Ballot);
                CheckOneValueABallot(member.Id.ToString(), e.Slot, e.Ballot, e.Entry);
                Count(member, e);
                break;
            case EntryLearned e:
                CheckLearned($"{member.Id}'s journal", e.Slot, e.Entry);
                break;
            case LogTrimmed e:
                if (journaledPromises.TryGetValue(member, out var promised) && e.Promised < promised)
                    Break(LogInvariant.Promise, $"{member.Id}'s {e} says {e.Promised}, after it had promised {promised}");
                CheckChosenThrough(new Place(member.Id, Role.Acceptor), e.Through);
                break;
        }
    }

    /// <summary>A learner is about to apply an entry.</summary>
    /// <param name="after">What the machine has applied.</param>
    /// <param name="digest">Of that.</param>
    public void Applying(NodeId node, ulong slot, Entry entry, ulong after, ulong digest)
    {
        if (slot != after + 1)
            Break(LogInvariant.Prefix, $"{node} applied {slot} after {after}");
        CheckLearned(node.ToString(), slot, entry);
        CheckState(node, after, digest);
        if (slot <= LearnedThrough)
            return;
        LearnedThrough = slot;
        if (entry.Kind == EntryKind.Batch && Broken is null)
            CheckTime(slot, Batch.Decode(entry.Value), ProposedMs(slot, entry));
    }

    /// <summary>What the node's machine is after a slot is what it is on every node.</summary>
    public void CheckState(NodeId node, ulong slot, ulong digest)
    {
        if (!digests.TryAdd(slot, digest) && digests[slot] != digest)
            Break(LogInvariant.Prefix, $"the state of {node} after {slot} is another than it was elsewhere");
    }

    /// <summary>When this was first proposed for the slot, in milliseconds.</summary>
    public ulong ProposedMs(ulong slot, Entry entry) => proposedAtMs[(slot, accepts[slot].First(accept => accept.Value == entry).Key)];

    public void Stuck(string what) => Break(LogInvariant.Progress, what);

    public (Ballot Ballot, Entry Entry)? ChosenAt(ulong slot) => chosen.TryGetValue(slot, out var at) ? at : null;

    /// <summary>True where something was accepted above this slot, below this ballot.</summary>
    public bool IsGap(ulong slot, Ballot ballot) =>
        acceptors.Any(each => each.Key > slot && each.Value.Keys.Any(accepted => accepted < ballot));

    /// <summary>True where this entry was proposed for the slot at a lower ballot.</summary>
    public bool IsAdopted(Accept accept) =>
        accepts.TryGetValue(accept.Slot, out var all) && all.Any(each => each.Key < accept.Ballot && each.Value == accept.Entry);

    public bool IsNew(Ballot ballot) => !issued.Contains(ballot);

    /// <summary>True where anything was proposed at this ballot.</summary>
    public bool HasProposed(Ballot ballot) => leaders.ContainsKey(ballot);

    /// <summary>True where the proposal is not known yet.</summary>
    public bool IsFirst(Accept accept) => !proposals.ContainsKey((accept.Slot, accept.Ballot));

    // Each was stamped when it was first proposed, and one that a deposed leader left behind moves nothing.
    private void CheckTime(ulong slot, Batch batch, ulong proposedMs)
    {
        if (batch.Ballot < lastStamp.Ballot)
            return;
        if (batch.TimeMs > lastStamp.TimeMs + (proposedMs - Math.Min(proposedMs, lastStamp.ProposedMs)) + 1)
        {
            Break(
                LogInvariant.TimeIsNotAhead,
                $"{slot} carries time {batch.TimeMs}, proposed at {proposedMs} ms, after {lastStamp.TimeMs}, proposed at {lastStamp.ProposedMs} ms");
        }
        lastStamp = (batch.Ballot, Math.Max(batch.TimeMs, lastStamp.TimeMs), proposedMs);
    }

    // Another incarnation of a node may stand at a ballot again at which the first one stood in vain; nothing hangs on a ballot
    // until something is proposed at it.
    private void CheckIssued(Place from, Member member, int life, Ballot ballot)
    {
        issued.Add(ballot);
        if (ballot.Node != from.Node)
            Break(LogInvariant.BallotsAreNotReused, $"{from} uses {ballot}, which is another's");
        else if (!lives.TryAdd((ballot, member.Incarnation), life) && lives[(ballot, member.Incarnation)] != life)
            Break(LogInvariant.BallotsAreNotReused, $"{from} uses {ballot}, which it had issued before it restarted");
    }

    private void Propose(Place from, Member member, Accept accept)
    {
        if (!leaders.TryAdd(accept.Ballot, member) && leaders[accept.Ballot] != member)
            Break(LogInvariant.BallotsAreNotReused, $"{from} proposes at {accept.Ballot}, at which another incarnation of it did");
        if (IsFirst(accept) && !IsAdopted(accept))
            CheckFresh(accept.Entry);
        CheckOneValueABallot(from.ToString(), accept.Slot, accept.Ballot, accept.Entry);
        CheckValidity(accept.Entry);
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
        else if (entry.Kind == EntryKind.Configuration && !reconfigurations.Contains(entry) && !IsPromotion(Configuration.Decode(entry.Value)))
        {
            Break(LogInvariant.Validity, $"nobody asked for {entry}");
        }
    }

    // Who was added is promoted by the leader, and nobody asks for it.
    private bool IsPromotion(Configuration next) =>
        configurations.Values.Any(before => before.Epoch + 1 == next.Epoch && before.Joining.Any(node => before.Promote(node).Equals(next)));

    private void CheckFresh(Entry entry)
    {
        if (entry.Kind != EntryKind.Batch)
            return;
        foreach (var command in Batch.Decode(entry.Value).Commands.AsSpan())
            UseUp(command, "proposed");
    }

    private void UseUp(Value command, string how)
    {
        if (!copies.TryGetValue(command, out var left))
            return;
        copies[command] = left - 1;
        if (left == 0)
            Break(LogInvariant.RefusedIsNotProposed, $"more copies of {Command.Describe(command)} were proposed or refused than had been sent; this one was {how}");
    }

    private void CheckOneValueABallot(string who, ulong slot, Ballot ballot, Entry entry)
    {
        if (!proposals.TryAdd((slot, ballot), entry) && proposals[(slot, ballot)] != entry)
            Break(LogInvariant.OneValueABallot, $"{who} has {entry} at {ballot} in slot {slot}, where {proposals[(slot, ballot)]} was proposed");
    }

    private void CheckPromise(Dictionary<Member, Ballot> made, Member member, Ballot ballot)
    {
        if (made.TryGetValue(member, out var promise) && ballot < promise)
            Break(LogInvariant.Promise, $"{member.Id} accepted at {ballot}, after it had promised {promise}");
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

    private void Count(Member member, EntryAccepted e)
    {
        if (!acceptors.TryGetValue(e.Slot, out var ballots))
            acceptors.Add(e.Slot, ballots = []);
        if (!ballots.TryGetValue(e.Ballot, out var nodes))
            ballots.Add(e.Ballot, nodes = []);
        var configuration = ConfigurationAt(e.Slot);
        if (!nodes.Add(member) || nodes.Count(configuration.Voters.Contains) < configuration.Rule.Phase2)
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
            // One that is no newer was left behind by a leader that was deposed: it never comes into force.
            if (e.Entry.Kind == EntryKind.Configuration && Configuration.Decode(e.Entry.Value) is var next && next.Epoch > configuration.Epoch)
                configurations.Add(e.Slot, next);
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

    private static void Raise(Dictionary<Member, Ballot> made, Member member, Ballot ballot)
    {
        if (ballot > made.GetValueOrDefault(member))
            made[member] = ballot;
    }

    public void Break(LogInvariant invariant, string what) => Broken ??= new BrokenLogInvariant(invariant, what);
}
