using Paxos.Protocol;
using Paxos.Protocol.SingleDecree;
using Timer = Paxos.Protocol.Timer;

namespace Paxos.TestKit.Checking;

/// <summary>
/// Makes steps of a real role behind a real <see cref="Outbox"/>. Between steps a role is nothing but its shell.
/// </summary>
/// <remarks>
/// <para>A crash keeps any prefix of the writes under way. The check does not carry all those writes along. It decides when a
/// write is issued: either it becomes durable at once, or it is the first one that the crash to come will lose, and the role
/// is *doomed*.</para>
/// <para>No course is left out. A write that is durable late is one whose letters are late, and letters may be late anyway.
/// And what a crash loses is the first lost write and all after it, so a course with a crash is a course with one doom.</para>
/// <para>Nor is one invented: a doomed role goes on for as long as it likes, and what leaves it then is what its outbox lets
/// out. By the rule of <see cref="Outbox"/> that is nothing; a reply that leaves before its write shows here.</para>
/// </remarks>
internal abstract class RoleModel(Letters letters, Facts facts) : IHost
{
    // What left at once, and then what left as each write became durable.
    private readonly List<Leaving> leaving = [];
    private readonly List<Event> writes = [];

    protected Facts Facts { get; } = facts;

    protected Letters Letters { get; } = letters;

    /// <summary>The crash, and the return from the journal.</summary>
    public Step Crash(Shell shell) => new(new Shell(shell.Journal, shell.Journal, null, Restarted(shell.History)), []);

    /// <summary>The state that is in the journal once this event is, too.</summary>
    protected abstract byte[] Recover(byte[] journal, Event @event);

    protected abstract IEnumerable<Send> Address(NodeId to, Message message);

    /// <summary>The invariants' memory of what became durable.</summary>
    protected virtual History Remember(History history, Event durable) => history;

    /// <summary>The invariants' memory of what left.</summary>
    protected virtual History Remember(History history, Message left) => history;

    protected virtual History Restarted(History history) => history;

    /// <summary>
    /// Carries the effects of a step out. First comes the step with every write durable; then, for each write, the step that
    /// dooms the role with this one the first that is lost.
    /// </summary>
    protected Step[] CarryOut(Shell shell, byte[] live, History history, Effects effects, BrokenInvariant? broken)
    {
        writes.Clear();
        leaving.Clear();
        leaving.Add(new Leaving());
        var outbox = new Outbox();
        if (shell.Lost is { } lost)
        {
            var underWay = new Effects();
            underWay.Persist(lost);
            outbox.Add(underWay, this);
            outbox.Add(effects, this);
            return [After(shell, live, history, broken, durable: 0, lost)];
        }
        outbox.Add(effects, this);
        foreach (var _ in writes.ToArray())
        {
            leaving.Add(new Leaving());
            outbox.Persisted();
        }
        var steps = new Step[writes.Count + 1];
        steps[0] = After(shell, live, history, broken, writes.Count, null);
        for (var kept = 0; kept < writes.Count; kept++)
            steps[kept + 1] = After(shell, live, history, broken, kept, writes[kept]);
        return steps;
    }

    protected static byte[] Bytes(Action<CanonicalWriter> write)
    {
        var writer = new CanonicalWriter();
        write(writer);
        return writer.Written.ToArray();
    }

    private Step After(Shell shell, byte[] live, History history, BrokenInvariant? broken, int durable, Event? lost)
    {
        var journal = shell.Journal;
        var said = 0UL;
        var acknowledged = 0UL;
        var released = new SortedSet<Send>();
        foreach (var @event in writes.Take(durable))
        {
            journal = Recover(journal, @event);
            history = Remember(history, @event);
            if (@event is ValueChosen chosen)
                said |= Facts.Bit(chosen.Value);
        }
        foreach (var group in leaving.Take(durable + 1))
        {
            acknowledged |= group.Acknowledged;
            foreach (var (to, message) in group.Messages)
            {
                released.UnionWith(Address(to, message));
                history = Remember(history, message);
                if (message is Chosen chosen)
                    said |= Facts.Bit(chosen.Value);
            }
        }
        return new Step(new Shell(live, journal, lost, history), [.. released], writes.Count, said | acknowledged, acknowledged, broken);
    }

    void IHost.Persist(Event @event) => writes.Add(@event);

    void IHost.Send(NodeId to, Message message) => leaving[^1].Messages.Add((to, message));

    void IHost.StartTimer(Timer timer, TimeSpan min, TimeSpan max) { }

    void IHost.StopTimer(Timer timer) { }

    void IHost.Tell(Effect.Told told)
    {
        if (told is Effect.Chosen chosen)
            leaving[^1].Acknowledged |= Facts.Bit(chosen.Value);
    }

    private sealed class Leaving
    {
        public List<(NodeId To, Message Message)> Messages { get; } = [];

        public ulong Acknowledged { get; set; }
    }
}
