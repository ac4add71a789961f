using Paxos.Protocol;
using Paxos.Protocol.SingleDecree;
using Timer = Paxos.Protocol.Timer;

namespace Paxos.TestKit.Simulation.Decisions;

/// <summary>The acceptors of all decisions of a node, and whether they vote. They share a journal, so its order is that of what they say.</summary>
internal sealed class Voting : IRunning
{
    // Small, so that a move has pages.
    private const int PageNames = 3;

    private readonly SimulatedRole role;
    private readonly LogSimulation world;
    private readonly Action<Configuration> remember;
    private readonly Epochs epochs;
    private readonly Dictionary<string, Instance> instances = new(StringComparer.Ordinal);

    // Of what is held, in the order of the journal.
    private readonly List<string> names = [];

    // What the acceptors were told: that this node votes, once that is durable; that it does not, at once.
    private uint votingEpoch;

    /// <param name="remember">Is told who was a member of a configuration that this node was open in.</param>
    public Voting(SimulatedRole role, Configuration first, Action<Configuration> remember, LogSimulation world)
    {
        this.role = role;
        this.remember = remember;
        this.world = world;
        epochs = new Epochs(role.Member, first, RetryDelays.Default);
    }

    /// <summary>The last epoch that it was open in.</summary>
    public uint OpenEpoch => epochs.OpenEpoch;

    public uint VotingEpoch => votingEpoch;

    public void Start(Effects effects) => epochs.Start(effects);

    public void Move(Configuration next) => Act(effects => epochs.Move(next, effects));

    public void On(NodeId from, Message message, Now now, Effects effects)
    {
        if (message is OfInstance { Name: var name, Message: var inner })
            Find(name).On(from, Epochs.Admit(inner, votingEpoch));
        else
            epochs.On(from, message, effects);
        Seal();
    }

    public void OnTimer(Timer timer, Now now, Effects effects) => epochs.OnRetry(effects);

    public void Recover(Event @event)
    {
        if (@event is InstanceEvent { Name: var name, Event: var inner })
            Find(name).Recover(inner);
        else
            epochs.Recover(@event);
        if (@event is EpochOpened { Configuration: var opened })
            remember(opened);
    }

    public void Told(Effect.Told told)
    {
        switch (told)
        {
            case EpochIsOpen m when m.Epoch == epochs.VotingEpoch:
                votingEpoch = m.Epoch;
                break;
            case PageWanted m:
                Later(() => Read(m));
                break;
            case CopiesArrived m:
                world.Marks.Hit(DecisionMarks.Copied);
                world.Marks.Hit(m.After > 0, DecisionMarks.Page);
                Later(() => Take(m));
                break;
            case CopiesTaken m:
                Later(() => Act(effects => epochs.OnTaken(m.Page, effects)));
                break;
        }
    }

    private void Act(Action<Effects> act)
    {
        role.Act(act);
        Seal();
    }

    private void Seal()
    {
        if (epochs.VotingEpoch == 0)
            votingEpoch = 0;
    }

    // The host is told in the middle of a step; and it may have to ask a role that is down, again and again.
    private void Later(Action what)
    {
        var life = role.Life;
        role.Node.At(world.Schedule.NowUs + world.Random.Next(world.Random.Next(5) == 0 ? 300_000 : 500), () =>
        {
            if (role.Life == life)
                what();
        });
    }

    private void Read(PageWanted page)
    {
        var items = new List<InstanceCopy>();
        var next = (int)page.After;
        for (; next < names.Count && items.Count < PageNames; next++)
        {
            if (Find(names[next]).Acceptor.Copy(names[next]) is { } copy)
                items.Add(copy);
        }
        Act(effects => epochs.OnPage(page, (ulong)next, next == names.Count, new([.. items]), effects));
    }

    private void Take(CopiesArrived page)
    {
        foreach (var item in page.Items)
            Find(item.Name).Take(item, page.Epoch);
        Act(effects => effects.Tell(new CopiesTaken(page)));
    }

    private Instance Find(string name)
    {
        if (!instances.TryGetValue(name, out var instance))
            instances.Add(name, instance = new Instance(name, this));
        return instance;
    }

    private sealed class Instance(string name, Voting owner) : IHost
    {
        private readonly Effects effects = new();
        private bool isNamed;

        public Acceptor Acceptor { get; } = new();

        public void On(NodeId from, Message message)
        {
            Acceptor.On(from, message, effects);
            CarryOut();
        }

        public void Take(InstanceCopy copy, uint epoch)
        {
            Acceptor.Take(copy, epoch, effects);
            CarryOut();
        }

        public void Recover(Event @event)
        {
            Acceptor.Recover(@event);
            Name(@event);
        }

        public void Persist(Event @event)
        {
            Name(@event);
            owner.role.Write(new InstanceEvent(name, @event));
        }

        public void Send(NodeId to, Message message) => owner.world.Send(owner.role, to, new OfInstance(name, (InstanceMessage)message));

        public void StartTimer(Timer timer, TimeSpan min, TimeSpan max) => throw new NotSupportedException("An acceptor waits for nothing.");

        public void StopTimer(Timer timer) => throw new NotSupportedException("An acceptor waits for nothing.");

        public void Tell(Effect.Told told) => throw new NotSupportedException("An acceptor tells its host nothing.");

        private void CarryOut()
        {
            owner.role.CarryOut(effects, this);
            effects.Clear();
        }

        // A promise alone need not be found.
        private void Name(Event @event)
        {
            if (isNamed || @event is not (ValueAccepted or ValueCopied or ValueChosen))
                return;
            isNamed = true;
            owner.names.Add(name);
        }
    }
}
