using Akka.Actor;
using Akka.Event;
using Paxos.Protocol;
using Paxos.Protocol.Log;

namespace Paxos.Actors.Roles.Log;

/// <summary>A log that is open on this node.</summary>
internal sealed record OpenLog(LogContext Log, IActorRef Supervisor);

/// <summary>Sees to it that the nodes lead about as many groups each. One for all groups of a node.</summary>
internal sealed class SpreadActor(NodeContext node, IReadOnlyCollection<OpenLog> logs) : UntypedActor, IWithTimers
{
    private readonly ILoggingAdapter logger = Context.GetLogger();
    private readonly LeaderSpread spread = new(node.Self.Id);
    private HearingView view = HearingView.Nobody;

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        var interval = node.Settings.Log.SpreadInterval;
        // Not all nodes at the same moment: two of them might hand to the same third.
        Timers.StartPeriodicTimer(Round.Instance, Round.Instance, node.Draw(TimeSpan.Zero, interval), interval);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case HearingChanged changed:
                view = changed.View;
                break;
            case Round:
                OnRound();
                break;
        }
    }

    private void OnRound()
    {
        if (spread.OnRound(view, [.. logs.Select(Lead)]) is not var (handed, to))
            return;
        foreach (var log in logs.Where(log => handed.Contains(log.Log.Group.Group)))
        {
            logger.Info("Group {0}: handed to {1}, which leads fewer groups.", log.Log.Group.Group, to);
            log.Supervisor.Tell(new Delivery(node.Self.Id, "", new Transfer(0, to)));
        }
    }

    private static GroupLead Lead(OpenLog open)
    {
        var board = open.Log.Board;
        return new GroupLead(open.Log.Group.Group, board.Leader, open.Log.Group.Configuration, Lag);

        ulong? Lag(NodeId other) => board.Learned.TryGetValue(other, out var learned) ? board.Chosen - Math.Min(learned, board.Chosen) : null;
    }

    private sealed record Round : INoSerializationVerificationNeeded
    {
        public static readonly Round Instance = new();
    }

    public static Props Props(NodeContext node, IReadOnlyCollection<OpenLog> logs) => Akka.Actor.Props.Create(() => new SpreadActor(node, logs));
}
