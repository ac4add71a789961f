using static Paxos.Protocol.RefusalText;

namespace Paxos.Protocol;

public enum FormationState
{
    /// <summary>The members are finding each other for the first time. The node takes no part yet.</summary>
    Forming,

    /// <summary>All members hold one genesis. The node takes part, after a restart at once.</summary>
    Open,

    /// <summary>The node is not who the others know. It takes no part until it is started anew.</summary>
    Refused,
}

/// <summary>
/// Bootstrap, all-of-n and once, and what keeps a node from pretending to remember. The nodes tell each other their
/// incarnations by <see cref="Hello"/>; the first voter, when it has heard all, builds the genesis: who is a member, by name
/// and incarnation, and the quorum rule. The others adopt it. A node takes part when it knows that all members durably hold it.
/// </summary>
/// <remarks>
/// <para>
/// Why no two geneses open, as long as one data directory of the first is left. (1) An incarnation holds one genesis at
/// most: it is durable before any Hello shows it, and it is never replaced. (2) A genesis opens only when every incarnation
/// that it names has shown that it holds it. So two open geneses share no incarnation, or that one would hold both. And a
/// genesis that is held names incarnations that were born before, so all that an open one names lived at one time; those
/// of a second one lived together at another, and all of the first had been replaced by then. Lost, late and repeated
/// Hellos change nothing in this; where nodes are wiped while forming they can keep a genesis from opening, and then the
/// nodes refuse, or wait and say for whom. This holds for one list of members: so a genesis is adopted only where it has
/// those that the settings name.
/// </para>
/// <para>
/// Crash points. Before <see cref="Born"/>: nothing was said, the node begins anew. After it: the same incarnation, and it
/// asks again. After <see cref="GenesisAgreed"/>: it holds to that. After <see cref="Opened"/>: it waits for nobody.
/// A directory that was <c>formed</c> and has no Born has lost its journal, and an open genesis that names a node which
/// holds none has lost that node's: both refuse.
/// </para>
/// <para>
/// Later the log changes who is a member (<see cref="Adopt"/>), and every Hello carries the newest configuration that its
/// sender knows. A node keeps the newest that names it (<see cref="ConfigurationKnown"/>): after a restart it finds the others
/// even where all that its settings name are gone. Nothing hangs on that record but speed and reach: the log rules. A node that joins has no genesis of its own making: it waits until an open cluster names its incarnation, and
/// holds to that configuration as the others hold to theirs. One that was removed goes on answering, since those that stay may
/// need it to learn so, until a majority of the voters without it has told it; then it refuses.
/// </para>
/// <para>
/// A restored copy of a directory has the right incarnation and an old journal. Peers tell a node the highest journal
/// number that they heard from it; one whose process began with less refuses, whatever it has written since. They do not listen to
/// the number of a process that began with less. They keep it in memory only: a peer that has restarted since has forgotten it, and
/// an old copy that reaches none that remembers is not told from the newest.
/// </para>
/// <para>
/// Unlike a role, this changes state when a write is durable and not before: nothing may be shown that could be forgotten.
/// </para>
/// </remarks>
public sealed class Formation
{
    private readonly Identity self;
    private readonly RefusalText text;
    private readonly bool isFormed;
    private readonly bool joins;
    private readonly ulong process;
    private readonly ulong began;

    // What the settings name; its incarnations are not known and not read.
    private readonly Configuration settings;

    // Since this start: of a member its incarnation in the genesis, before there is one the last that came.
    private readonly Dictionary<NodeId, Heard> heard = [];

    // The members that have shown that they hold our genesis.
    private readonly HashSet<NodeId> holders = [];
    private Configuration? offered;

    // The newest configuration that is known to name this node, where it is not the genesis; the newest that is written down.
    private Configuration? newest;
    private uint written;

    // What the log of this node has come to: it may be behind the newest, and need those whom that does not name any more.
    private Configuration? inLog;

    // Of a node that waits to be added: the newest configuration that a member showed it.
    private Configuration? shown;

    // Who wants to be a member, and is none: for whoever adds it.
    private readonly Dictionary<NodeId, Member> strangers = [];

    // Voters of a configuration without this node, which have shown it.
    private readonly HashSet<NodeId> removedBy = [];
    private bool isOpenElsewhere;
    private bool isBorn;
    private bool isOpen;
    private bool isWriting;

    /// <param name="isFormed">The data directory says that Born was durable before: then it must be in the journal.</param>
    /// <param name="voters">Voters, learners and rule: what the settings name, for the first start.</param>
    /// <param name="joins">
    /// This node is to be added to a cluster that is there: the members are those whom it asks. So is one that is none of them.
    /// </param>
    /// <param name="process">Another number at each start of the process.</param>
    /// <param name="began">How many events the node's journal held when the process started; 0 where they are not counted.</param>
    /// <exception cref="ArgumentException">The members make no configuration.</exception>
    public Formation(
        Identity self,
        bool isFormed,
        IEnumerable<NodeId> voters,
        IEnumerable<NodeId> learners,
        QuorumRule? rule = null,
        bool joins = false,
        ulong process = 0,
        ulong began = 0)
    {
        this.process = process;
        this.began = began;
        this.self = self;
        this.isFormed = isFormed;
        text = new RefusalText(self);
        settings = new Configuration(0, voters.Select(id => new Member(id, default)), learners.Select(id => new Member(id, default)), rule);
        this.joins = joins || !settings.Everyone.Contains(self.Node);
    }

    /// <summary>The first configuration, epoch 1, once this node durably holds it; of a node that joined, the first that named it.</summary>
    public Configuration? Genesis { get; private set; }

    /// <summary>The newest configuration that this node knows and is a member of; null before there is one.</summary>
    public Configuration? Current => newest ?? Genesis;

    /// <summary>Whose messages may be of use: the members, and those that the log of this node has not come to let go of.</summary>
    public IEnumerable<Member> Listened
    {
        get
        {
            if (Current is not { } current)
                return [];
            var behind = inLog ?? Genesis!;
            var gone = behind.Voters.Concat(behind.Learners).Where(member => current.Find(member.Id) is null);
            return current.Voters.Concat(current.Learners).Concat(gone);
        }
    }

    /// <summary>True while the node waits for a cluster to add it.</summary>
    public bool WaitsToBeAdded => joins && Genesis is null && Reason is null;

    /// <summary>A node of this name that is no member with this incarnation, and said that it is there; null: none did.</summary>
    public Member? Stranger(NodeId node) => strangers.TryGetValue(node, out var member) ? member : null;

    public FormationState State =>
        Reason is not null ? FormationState.Refused : isOpen ? FormationState.Open : FormationState.Forming;

    /// <summary>Why the node refuses and what to do; null where it does not.</summary>
    public string? Reason { get; private set; }

    /// <summary>To whom a Hello goes: the members, and who else is in the settings, so that it learns that it is none.</summary>
    public IEnumerable<NodeId> Peers =>
        settings.Everyone.Union(Genesis?.Everyone ?? shown?.Everyone ?? []).Union(Current?.Everyone ?? []).Union(heard.Keys).Where(node => node != self.Node);

    /// <summary>While forming: whose Hello is missing.</summary>
    public IEnumerable<NodeId> WaitingFor
    {
        get
        {
            if (State != FormationState.Forming || WaitsToBeAdded)
                return [];
            if (Genesis is not null)
                return Others(Genesis).Where(node => !holders.Contains(node));
            var silent = Others(settings).Where(node => !heard.ContainsKey(node)).ToArray();
            return silent.Length > 0 ? silent : Others(settings).Take(1);
        }
    }

    /// <summary>How the settings differ from the genesis, for the log: the genesis holds. Null where they do not.</summary>
    public string? Difference => Genesis is null || Genesis.Epoch > 1 || HasMembersOfSettings(Genesis)
        ? null
        : $"The settings name the members {Describe(settings)}. The cluster was formed with {Describe(Genesis)}, and that holds.";

    /// <summary>
    /// True where messages of the roles from this sender are to be handled; from all others they are dropped. It must have
    /// said Hello since this node started: only then has it had the chance to tell that this node is a restored copy.
    /// </summary>
    public bool TakesPartWith(Member sender) =>
        State == FormationState.Open
        && Listened.Contains(sender)
        && (sender == self.Member || (heard.TryGetValue(sender.Id, out var last) && last.Incarnation == sender.Incarnation));

    /// <summary>
    /// What is to be written now, or null. To be asked when the journal is read, after each Hello, and after each write.
    /// There is nothing more until that write is durable and <see cref="Recover"/> was called with it.
    /// </summary>
    public Event? Next()
    {
        if (isWriting || Reason is not null)
            return null;
        if (!isBorn && isFormed)
        {
            Refuse(text.JournalLost());
            return null;
        }
        Event? next = null;
        if (!isBorn)
            next = new Born(self);
        else if (Genesis is null)
            next = (offered ?? Build()) is { } genesis ? new GenesisAgreed(genesis) : null;
        else if (!isOpen)
            next = Genesis.Epoch > 1 || isOpenElsewhere || Others(Genesis).All(holders.Contains) ? new Opened() : null;
        else if (newest is not null && newest.Epoch > written)
            next = new ConfigurationKnown(newest);
        isWriting = next is not null;
        return next;
    }

    /// <summary>The journal holds this event: read back after a restart, or written just now.</summary>
    public void Recover(Event @event)
    {
        isWriting = false;
        switch (@event)
        {
            case Born e when e.Identity != self:
                Refuse(text.JournalOfAnother(e.Identity));
                break;
            case Born:
                isBorn = true;
                break;
            case GenesisAgreed e:
                Genesis = e.Genesis;
                break;
            case Opened:
                isOpen = true;
                break;
            case ConfigurationKnown e:
                written = Math.Max(written, e.Configuration.Epoch);
                if (e.Configuration.Epoch > Current!.Epoch)
                    newest = e.Configuration;
                break;
        }
    }

    /// <summary>What to say to this peer now; null: nothing.</summary>
    /// <param name="journal">How many events this node has durably written, ever; 0 where it does not count.</param>
    public Hello? HelloTo(NodeId peer, ulong journal)
    {
        // Who refuses is silent, and counts as dead. But where two geneses met, the other side must see this one too.
        var isSilent = !isBorn || (Reason is not null && (Genesis is null || isOpen));
        return isSilent ? null : new Hello(Genesis, isOpen, journal, heard.TryGetValue(peer, out var last) ? last : null, newest, process, began);
    }

    /// <summary>The log has put this configuration in force. One without this node changes nothing here: the others will tell.</summary>
    public void Adopt(Configuration configuration)
    {
        // One that joined comes to configurations in the log that are older than the one that let it in.
        if (Genesis is not null && configuration.Epoch > (inLog ?? Genesis).Epoch)
            inLog = configuration;
        if (Current is { } current && configuration.Epoch > current.Epoch && configuration.Names(self.Member))
        {
            newest = configuration;
            removedBy.Clear();
        }
    }

    /// <summary>True where nothing is to be said to this peer any more: it is no member, and the log of this node has let go of it.</summary>
    public bool IsLetGo(NodeId peer) => State == FormationState.Open && Listened.All(member => member.Id != peer);

    /// <summary>Hears a Hello of this cluster.</summary>
    /// <param name="journal">As for <see cref="HelloTo"/>.</param>
    /// <param name="openEpoch">The last epoch of the voters about decisions that the sender was open in.</param>
    /// <returns>Null; or why nothing of this sender is listened to, for the log, once.</returns>
    public string? On(Member from, Hello hello, ulong journal, uint openEpoch = uint.MaxValue)
    {
        // A node that was removed is told so by those who have taken over what it has decided: until then it may be needed for that.
        if ((hello.Current ?? hello.Genesis) is { } newer && newer.VoterEpoch > Math.Max(openEpoch, 1) && !newer.Names(self.Member))
            hello = hello with { Genesis = null, Current = null };
        if (!isBorn || Reason is not null)
            return null;
        if (from.Id == self.Node)
            return $"Another process says that it is this node: it is {Name(from)}, this is {Name(self.Member)}.";
        return Genesis is null ? OnBeforeGenesis(from, hello, journal) : OnSinceGenesis(from, hello, journal, Genesis);
    }

    private string? OnBeforeGenesis(Member from, Hello hello, ulong journal)
    {
        var isExpected = settings.Everyone.Contains(from.Id);
        if (joins && (hello.Current ?? hello.Genesis) is { } current)
        {
            // A member of what it shows, and that names this very incarnation: so it was added, or put in place of a lost one.
            if (hello.IsOpen && current.Names(from) && current.Names(self.Member) && current.Epoch > (offered?.Epoch ?? 0))
                offered = current;
            if (hello.IsOpen && current.Names(from) && current.Epoch > (shown?.Epoch ?? 0))
                shown = current;
            Note(from, hello, journal);
            return null;
        }
        if (hello.Genesis is { } theirs && theirs.Find(from.Id) == from && (isExpected || theirs.Find(self.Node) is not null))
            Consider(theirs, from, hello.IsOpen);
        else if (hello.Genesis is not null || !isExpected)
            return $"Node {Name(from)} is not one of the members {Describe(settings)}.";
        Note(from, hello, journal);
        return null;
    }

    /// <summary>A peer holds a genesis, and this node none: is it the one that this node is waiting for?</summary>
    private void Consider(Configuration theirs, Member from, bool open)
    {
        if (theirs.Find(self.Node) is not { } known)
            Refuse(text.NoMember(theirs, from));
        else if (known != self.Member)
            Refuse(text.OtherIncarnation(known, from));
        else if (open)
        {
            // Open means that this incarnation showed that it holds the genesis, and what is shown is durable.
            Refuse(text.GenesisForgotten(from));
        }
        else if (!HasMembersOfSettings(theirs))
        {
            Refuse(text.SettingsDiffer(settings, theirs, from));
        }
        else
        {
            offered = theirs;
        }
    }

    private string? OnSinceGenesis(Member from, Hello hello, ulong journal, Configuration genesis)
    {
        if (isOpen && (hello.Current ?? hello.Genesis) is { } newer && newer.Epoch > Current!.Epoch && newer.Names(from))
            Hear(newer, from);
        if (Reason is not null)
            return null;
        // One that is no member any more, and that the log of this node has not come to let go of, is listened to as ever.
        var known = Listened.FirstOrDefault(member => member.Id == from.Id);
        if (known == default)
        {
            strangers[from.Id] = from;
            return $"Node {Name(from)} is not one of the members: {Describe(Current!)}. To make it one: start it with an empty data directory and --join, then members add.";
        }
        if (known != from)
        {
            strangers[from.Id] = from;
            return $"Node {from.Id} shows the incarnation {from.Incarnation}, but the member of this name has the incarnation "
                + $"{known.Incarnation}: its data directory is new or another one. What it promised before is not in it.";
        }
        Note(from, hello, journal);
        // One that joined, and its genesis with it, is not who formed the cluster.
        if (isOpen || genesis.Epoch > 1 || hello.Genesis is not { Epoch: 1 } theirs)
            return null;
        if (theirs.Equals(genesis))
        {
            holders.Add(from.Id);
            isOpenElsewhere |= hello.IsOpen;
        }
        // From here on: our genesis names this peer, and the peer holds another one, for ever. So ours never opens.
        else if (theirs.Find(self.Node) is not { } me)
        {
            Refuse(text.NoMember(theirs, from));
        }
        else if (me != self.Member)
        {
            Refuse(text.OtherIncarnation(me, from));
        }
        else
        {
            Refuse(text.TwoGeneses(genesis, theirs, from));
        }
        return null;
    }

    // One that this node has not come to in the log yet: whom it names is listened to, or a node that is behind would never hear
    // the new members. One without this node counts when so many hold it that they no longer need this one.
    private void Hear(Configuration newer, Member from)
    {
        if (newer.Names(self.Member))
        {
            newest = newer;
            removedBy.Clear();
            return;
        }
        if (newer.IndexOfVoter(from.Id) >= 0)
            removedBy.Add(from.Id);
        if (newer.Voters.Count(voter => removedBy.Contains(voter.Id)) > newer.Voters.Length / 2)
            Refuse(newer.Find(self.Node) is { } known ? text.Replaced(known, newer) : text.Removed(newer));
    }

    private void Note(Member from, Hello hello, ulong journal)
    {
        var isKnown = heard.TryGetValue(from.Id, out var last) && last.Incarnation == from.Incarnation;
        // Another process that began with less than was heard of is a late word of an earlier one, or has an old copy of the disk.
        if (!isKnown || hello.Process == last.Process || hello.Began >= last.Journal)
            heard[from.Id] = new Heard(from.Incarnation, isKnown ? Math.Max(last.Journal, hello.Journal) : hello.Journal, hello.Process);
        if (hello.Heard is not { } mine || mine.Incarnation != self.Incarnation)
            return;
        // What this very process has told it still has; unless it was put back with its memory, as a virtual machine can be.
        var has = mine.Process == process ? journal : began;
        if (mine.Journal > has)
            Refuse(text.RestoredCopy(mine.Journal, has, from));
    }

    // One builds and the others adopt, so that even wiped nodes seldom meet with two geneses.
    private Configuration? Build()
    {
        if (joins || settings.Voters[0].Id != self.Node || !Others(settings).All(heard.ContainsKey))
            return null;
        return new Configuration(Configuration.FirstEpoch, settings.Voters.Select(Alive), settings.Learners.Select(Alive), settings.Rule);

        Member Alive(Member member) => member.Id == self.Node ? self.Member : new Member(member.Id, heard[member.Id].Incarnation);
    }

    // The first reason stays: what follows from it would hide it.
    private void Refuse(string reason) => Reason ??= reason;

    private IEnumerable<NodeId> Others(Configuration configuration) => configuration.Everyone.Where(node => node != self.Node);

    private bool HasMembersOfSettings(Configuration genesis) =>
        genesis.Everyone.SequenceEqual(settings.Everyone)
        && genesis.Voters.Length == settings.Voters.Length
        && genesis.Rule == settings.Rule;
}
