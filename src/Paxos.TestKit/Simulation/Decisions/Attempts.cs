using Paxos.Protocol;
using Paxos.Protocol.SingleDecree;
using Paxos.TestKit.Scenarios;
using Timer = Paxos.Protocol.Timer;

namespace Paxos.TestKit.Simulation.Decisions;

/// <summary>How a call about a decision ended.</summary>
internal abstract record Answer
{
    public sealed record Decided(Value Value) : Answer;

    public sealed record Undecided : Answer;

    /// <summary>Nobody knows.</summary>
    public sealed record Failed : Answer;
}

/// <summary>The proposers of a node, one for each call under way, and the rounds that they all draw from.</summary>
internal sealed class Attempts(SimulatedRole role, Configuration first, LogSimulation world) : IRunning
{
    private readonly Rounds rounds = new(SimulatedNode.RoundsBlock);
    private readonly List<Attempt> attempts = [];
    private Configuration configuration = first;

    private SimulatedRole Role { get; } = role;

    private LogSimulation World { get; } = world;

    /// <param name="value">Null: a read.</param>
    public void Begin(string name, Value? value, Action<Answer> ended)
    {
        if (value is not null && attempts.Find(each => each.Name == name && !each.IsRead) is { } underWay)
        {
            underWay.Join(ended);
            return;
        }
        var attempt = new Attempt(name, value, this);
        attempts.Add(attempt);
        attempt.Join(ended);
        attempt.Act(attempt.Begin);
    }

    public void Move(Configuration next)
    {
        configuration = next;
        foreach (var attempt in attempts.ToList())
        {
            World.Marks.Hit(next.VoterEpoch > Epoch.Of(attempt.Proposer.Ballot), DecisionMarks.Moved);
            attempt.Act(effects => attempt.Proposer.Move(next, effects));
        }
    }

    public void On(NodeId from, Message message, Now now, Effects effects)
    {
        var (name, inner) = (OfInstance)message;
        foreach (var attempt in attempts.FindAll(each => each.Name == name))
        {
            World.Marks.Hit(inner is Nack, DecisionMarks.Outbid);
            attempt.Act(yields => attempt.Proposer.On(from, inner, yields));
        }
    }

    public void OnTimer(Timer timer, Now now, Effects effects) => throw new NotSupportedException("Each attempt has its own timer.");

    public void Recover(Event @event) => rounds.Recover((RoundsReserved)@event);

    /// <summary>The role is gone, and its calls with it.</summary>
    public void Drop()
    {
        foreach (var attempt in attempts.ToList())
            attempt.End(new Answer.Failed());
    }

    private sealed class Attempt : IHost
    {
        private readonly Attempts owner;
        private readonly SimulatedTimers timers;
        private readonly Effects effects = new();
        private readonly List<Action<Answer>> waiting = [];
        private readonly Value? wish;
        private Ballot issued = Ballot.None;
        private bool isOver;

        public Attempt(string name, Value? wish, Attempts owner)
        {
            this.owner = owner;
            this.wish = wish;
            Name = name;
            Proposer = new Proposer(owner.Role.Node.Id, owner.configuration, owner.rounds, RetryDelays.Default);
            timers = new SimulatedTimers(owner.Role.Node, owner.World, _ => Act(Proposer.OnRetry));
        }

        public string Name { get; }

        public bool IsRead => wish is null;

        public Proposer Proposer { get; }

        public void Begin(Effects yields)
        {
            if (wish is { } value)
            {
                owner.World.Decisions.Proposed(Name, value);
                Proposer.Propose(value, yields);
            }
            else
            {
                Proposer.Read(yields);
            }
        }

        public void Act(Action<Effects> act)
        {
            act(effects);
            owner.Role.CarryOut(effects, this);
            effects.Clear();
        }

        public void Join(Action<Answer> ended)
        {
            waiting.Add(ended);
            owner.Role.Node.At(owner.World.Schedule.NowUs + (long)owner.World.Options.CallWithin.TotalMicroseconds, () => GiveUp(ended));
        }

        public void End(Answer answer)
        {
            if (isOver)
                return;
            isOver = true;
            timers.StopAll();
            owner.attempts.Remove(this);
            foreach (var ended in waiting)
                owner.World.Schedule.In(0, () => ended(answer));
            waiting.Clear();
        }

        public void Persist(Event @event) => owner.Role.Write(@event);

        public void Send(NodeId to, Message message)
        {
            if (message is Prepare or Query && message.BallotOf() is { } ballot && ballot != issued)
            {
                issued = ballot;
                // What was reserved since the copy was made is forgotten. It comes no further than phase 1: it heeds nobody's answer.
                if (!owner.Role.Node.IsOldCopy)
                    owner.World.Decisions.Issued(owner.Role.Node.Id, Name, ballot);
            }
            owner.World.Marks.Hit(message is Accept { Value: var value } && value != wish, DecisionMarks.Adopted);
            owner.World.Send(owner.Role, to, new OfInstance(Name, (InstanceMessage)message));
        }

        public void StartTimer(Timer timer, TimeSpan min, TimeSpan max)
        {
            if (!isOver)
                timers.Start(timer, min, max);
        }

        public void StopTimer(Timer timer) => timers.Stop(timer);

        public void Tell(Effect.Told told) => End(told is Effect.Chosen { Value: var value } ? new Answer.Decided(value) : new Answer.Undecided());

        // It goes on while somebody waits for it.
        private void GiveUp(Action<Answer> ended)
        {
            if (!waiting.Remove(ended))
                return;
            owner.World.Schedule.In(0, () => ended(new Answer.Failed()));
            if (waiting.Count == 0)
                End(new Answer.Failed());
        }
    }
}
