using Akka.Actor;
using Paxos.Actors.Remoting;
using Paxos.Protocol;

namespace Paxos.Actors.Roles;

/// <summary>Whom this node hears has changed: for the elections of all its groups.</summary>
internal sealed record HearingChanged(HearingView View) : INoSerializationVerificationNeeded;

/// <summary>A round is due. By way of the endpoint, behind the answers that wait there: what this node had no time to hear is no silence.</summary>
internal sealed record HearingRound : INoSerializationVerificationNeeded
{
    public static readonly HearingRound Instance = new();
}

/// <summary>The node's ear, one for all its groups: asks the others at intervals whether they are there, and answers them.</summary>
internal sealed class HearingActor : UntypedActor, IWithTimers, IHost
{
    private readonly NodeContext node;
    private readonly GroupContext group;
    private readonly Hearing hearing;
    private readonly Effects effects = new();
    private readonly Outbox outbox = new();

    /// <param name="group">Who the other nodes are.</param>
    /// <param name="groups">How many hang on what is heard.</param>
    public HearingActor(GroupContext group, int groups)
    {
        this.group = group;
        node = group.Node;
        hearing = new Hearing(node.Self.Id, (ulong)Random.Shared.NextInt64(1, long.MaxValue), node.Settings.Hearing.PatienceOf(groups));
        hearing.SetPeers(group.Configuration.Everyone);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => Self.Tell(HearingRound.Instance);

    protected override void OnReceive(object message)
    {
        if (message is RoundDue)
        {
            Context.Parent.Tell(HearingRound.Instance);
            return;
        }
        var changed = message switch
        {
            HearingRound => OnRound(),
            ProcessEnded ended => hearing.OnEnded(ended.Node),
            Membership membership => Follow(membership),
            Delivery delivery => hearing.On(delivery.From, delivery.Message, effects),
            _ => false,
        };
        outbox.Add(effects, this);
        effects.Clear();
        if (changed)
            Context.Parent.Tell(new HearingChanged(hearing.View));
    }

    // The next one is set when this one has come: a node that is busy has fewer rounds, and not several at once.
    private bool OnRound()
    {
        Timers.StartSingleTimer(RoundDue.Instance, RoundDue.Instance, node.Settings.Hearing.Interval);
        return hearing.OnRound(effects);
    }

    // Who is not asked any more is not heard any more from the next round on.
    private bool Follow(Membership membership)
    {
        hearing.SetPeers(membership.Peers);
        return false;
    }

    void IHost.Persist(Event @event) => throw new NotSupportedException("What a node hears is written nowhere.");

    void IHost.Send(NodeId to, Message message) => group.Send(to, "", message);

    void IHost.StartTimer(Protocol.Timer timer, TimeSpan min, TimeSpan max) { }

    void IHost.StopTimer(Protocol.Timer timer) { }

    void IHost.Tell(Effect.Told told) { }

    private sealed record RoundDue : INoSerializationVerificationNeeded
    {
        public static readonly RoundDue Instance = new();
    }

    public static Props Props(GroupContext group, int groups) => Akka.Actor.Props.Create(() => new HearingActor(group, groups));
}
