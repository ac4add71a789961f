using Akka.Actor;
using Akka.Persistence;
using Paxos.Actors.Storage;
using Paxos.Actors.Wire;
using Paxos.Protocol;

namespace Paxos.Actors.Roles;

/// <summary>
/// The list of all instances that this node's acceptors hold something of: one record a name, in the order of their first use.
/// It is written to as instances come up, and read, page by page, only when the voters change: so it costs a start nothing.
/// </summary>
internal sealed class NamesActor(GroupContext group) : JournaledActor(group.Node, group.PersistenceId(RoleNames.Names, ""))
{
    private readonly Queue<IActorRef> waiting = new();

    public override Recovery Recovery => Recovery.None;

    protected override bool ReadsBack => false;

    protected override void Recover(Event @event) { }

    protected override void OnCommand(object message)
    {
        switch (message)
        {
            case NameInstance name:
                waiting.Enqueue(Sender);
                Write(new InstanceNamed(name.Name));
                break;
            case ReadNames read:
                Context.ActorOf(NamesReader.Props(Node, PersistenceId, read, Sender));
                break;
            case Damaged damaged:
                Context.Parent.Forward(damaged);
                break;
        }
    }

    protected override void Written(Event @event) => waiting.Dequeue().Tell(Named.Instance);

    public static Props Props(GroupContext group) => Akka.Actor.Props.Create(() => new NamesActor(group));
}

/// <summary>Reads one page of the list, as the journal has it, and ends. A page that cannot be read is not answered.</summary>
internal sealed class NamesReader(NodeContext node, string persistenceId, ReadNames read, IActorRef asker) : UntypedActor
{
    private readonly List<(ulong Number, string Name)> names = [];
    private ulong last = read.After;

    protected override void PreStart() => Persistence.Instance.Apply(Context.System).JournalFor(node.Settings.JournalPlugin).Tell(
        new ReplayMessages((long)read.After + 1, long.MaxValue, read.Max, persistenceId, Self));

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ReplayedMessage replayed:
                Take(replayed.Persistent);
                break;
            case RecoverySuccess success:
                asker.Tell(new NamesRead(names, IsLast: last >= (ulong)success.HighestSequenceNr));
                Context.Stop(Self);
                break;
            case ReplayMessagesFailure:
                Context.Stop(Self);
                break;
        }
    }

    private void Take(IPersistentRepresentation record)
    {
        if (record.Payload is not StoredEvent stored || (ulong)record.SequenceNr != last + 1)
        {
            Fail(record, $"record {last + 1} is missing before it");
            return;
        }
        try
        {
            if (EventFormat.Decode(persistenceId, stored) is InstanceNamed named)
                names.Add(((ulong)record.SequenceNr, named.Name));
            last = (ulong)record.SequenceNr;
        }
        catch (DamagedRecordException e)
        {
            Fail(record, e.Message);
        }
    }

    private void Fail(IPersistentRepresentation record, string what)
    {
        Context.Parent.Tell(new Damaged(
            $"Record {record.SequenceNr} of {persistenceId} in the journal {node.Journal.Name} is damaged: {what}. Without it this node "
            + $"cannot say what it has decided. {StorageFault.WayBack("the journal")}"));
        Context.Stop(Self);
    }

    public static Props Props(NodeContext node, string persistenceId, ReadNames read, IActorRef asker) =>
        Akka.Actor.Props.Create(() => new NamesReader(node, persistenceId, read, asker));
}
