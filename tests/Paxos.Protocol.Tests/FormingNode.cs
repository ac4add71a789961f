namespace Paxos.Protocol.Tests;

/// <summary>A node that forms: what its data directory holds, and what it has in memory until it crashes.</summary>
internal sealed class FormingNode
{
    private static readonly string[] Three = ["a", "b", "c"];
    private readonly string[] voters;
    private readonly string[] learners;
    private readonly QuorumRule? rule;
    private readonly bool joins;
    private List<Event> journal = [];
    private bool isFormed;
    private ulong before;
    private ulong process;
    private Event? writing;

    public FormingNode(string id, int incarnation, string[]? voters = null, string[]? learners = null, QuorumRule? rule = null, bool joins = false)
    {
        this.joins = joins;
        this.voters = voters ?? Three;
        this.learners = learners ?? [];
        this.rule = rule;
        Id = new NodeId(id);
        Formation = Wipe(incarnation);
    }

    public NodeId Id { get; }

    public Identity Identity { get; private set; } = null!;

    public Formation Formation { get; private set; }

    public bool IsWriting => writing is not null;

    public IReadOnlyList<Event> Journal => journal;

    /// <summary>How many events it wrote: those of the roles are not in this journal, and counted by <see cref="TakePart"/>.</summary>
    private ulong Number => before + (ulong)journal.Count;

    public void TakePart(int events) => before += (ulong)events;

    public Hello? HelloTo(FormingNode peer) => Formation.HelloTo(peer.Id, Number);

    public string? Hear(Member from, Hello hello)
    {
        var complaint = Formation.On(from, hello, Number);
        Continue();
        return complaint;
    }

    /// <summary>The write under way is durable.</summary>
    public void Written(bool markFormed = true)
    {
        var written = writing!;
        writing = null;
        journal.Add(written);
        isFormed |= markFormed;
        Formation.Recover(written);
        Continue();
    }

    public void WriteAll()
    {
        while (writing is not null)
            Written();
    }

    public Formation Crash(bool keepsWrite = false)
    {
        if (keepsWrite && writing is not null)
            journal.Add(writing);
        return Start();
    }

    /// <summary>Comes back with an empty data directory.</summary>
    public Formation Wipe(int incarnation)
    {
        Identity = new Identity("test", Id, new Incarnation((UInt128)incarnation));
        (journal, isFormed, before) = ([], false, 0);
        return Start();
    }

    /// <summary>Comes back with the first events of its journal only: what a restored copy has, and a disk that lied.</summary>
    public Formation Forget(int kept, int roleEvents = 0)
    {
        (journal, before) = (journal[..kept], (ulong)roleEvents);
        return Start();
    }

    public Formation Exchange(Event @event)
    {
        journal = [@event];
        return Start();
    }

    private Formation Start()
    {
        writing = null;
        Formation = new Formation(Identity, isFormed, voters.Select(Node), learners.Select(Node), rule, joins, ++process, Number);
        foreach (var @event in journal)
            Formation.Recover(@event);
        Continue();
        return Formation;
    }

    private void Continue() => writing ??= Formation.Next();

    private static NodeId Node(string id) => new(id);
}
