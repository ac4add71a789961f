using System.Globalization;
using Akka.Actor;
using Paxos.Actors.Decisions;
using Paxos.Protocol;
using Paxos.Protocol.SingleDecree;

namespace Paxos.Actors.Roles;

/// <summary>
/// The proposers of one node: one for each call under way, and one journal for the rounds that they all draw from. When it
/// is lost the calls are lost with it, which Paxos allows, and the rounds are not.
/// </summary>
internal sealed class ProposerActor(GroupContext group) : RoleActor(group.Node, group.PersistenceId(RoleNames.Proposer, ""))
{
    private readonly Rounds rounds = new(group.Node.Settings.RoundsABlock);
    private readonly Dictionary<string, List<Attempt>> attempts = new(StringComparer.Ordinal);
    private readonly Dictionary<ulong, Attempt> calls = [];

    private GroupContext Group { get; } = group;

    protected override void Recover(Event @event)
    {
        if (@event is RoundsReserved reserved)
            rounds.Recover(reserved);
    }

    protected override void Handle(object message)
    {
        switch (message)
        {
            case Call call:
                OnCall(call);
                break;
            case Delivery delivery when attempts.TryGetValue(delivery.Name, out var here):
                // A copy: an attempt that ends leaves the list.
                foreach (var attempt in here.ToArray())
                {
                    attempt.Proposer.On(delivery.From, delivery.Message, Effects);
                    CarryOut(attempt);
                }
                break;
            case ConfigurationInForce next:
                foreach (var attempt in attempts.Values.SelectMany(here => here).ToArray())
                {
                    attempt.Proposer.Move(next.Configuration, Effects);
                    CarryOut(attempt);
                }
                break;
            case RetryDue due when due.Attempt.IsUnderWay:
                due.Attempt.Proposer.OnRetry(Effects);
                CarryOut(due.Attempt);
                break;
            case DeadlineDue due when calls.Remove(due.Call, out var attempt):
                attempt.GiveUp(due.Call);
                break;
        }
    }

    private void OnCall(Call call)
    {
        if (calls.Count >= Group.Node.Settings.MaxInFlight)
        {
            Sender.Tell(new CallEnded(call.Id, new Decision.Failed(
                call.Request.Name,
                Decision.Failure.Overloaded,
                $"This node has {calls.Count} calls under way, its limit (paxos.decisions.max-in-flight): try again later.")));
            return;
        }
        if (!attempts.TryGetValue(call.Request.Name, out var here))
            attempts.Add(call.Request.Name, here = []);
        // Who wants something decided joins the attempt that is under way. A read does not: one that began later than the
        // round it joined could be told "undecided" when the name was decided in between.
        if (call.Request is Decision.Decide && here.Find(attempt => !attempt.IsRead) is { } underWay)
        {
            Join(underWay, call);
            return;
        }
        var attempt = new Attempt(this, call.Request.Name, isRead: call.Request is Decision.Read);
        here.Add(attempt);
        Join(attempt, call);
        if (call.Request is Decision.Decide decide)
            attempt.Proposer.Propose(Value.FromUtf8(decide.Value), Effects);
        else
            attempt.Proposer.Read(Effects);
        CarryOut(attempt);
    }

    private void Join(Attempt attempt, Call call)
    {
        attempt.Waiting.Add(call.Id, Sender);
        calls.Add(call.Id, attempt);
        Timers.StartSingleTimer(call.Id, new DeadlineDue(call.Id), call.Timeout);
    }

    private void Remove(Attempt attempt)
    {
        attempt.IsUnderWay = false;
        Timers.Cancel(attempt);
        var here = attempts[attempt.Name];
        here.Remove(attempt);
        if (here.Count == 0)
            attempts.Remove(attempt.Name);
    }

    private sealed record RetryDue(Attempt Attempt) : INoSerializationVerificationNeeded;

    private sealed record DeadlineDue(ulong Call) : INoSerializationVerificationNeeded;

    /// <summary>One proposer of the core, and who waits for it.</summary>
    private sealed class Attempt(ProposerActor owner, string name, bool isRead) : IHost
    {
        public Proposer Proposer { get; } =
            new(owner.Group.Node.Self.Id, owner.Group.Configuration, owner.rounds, owner.Group.Node.Settings.Retry);

        public string Name => name;

        public bool IsRead => isRead;

        public bool IsUnderWay { get; set; } = true;

        public Dictionary<ulong, IActorRef> Waiting { get; } = [];

        public void Persist(Event @event) => owner.Write(@event);

        public void Send(NodeId to, Message message) => owner.Group.Send(to, name, message);

        public void StartTimer(Protocol.Timer timer, TimeSpan min, TimeSpan max) =>
            owner.Timers.StartSingleTimer(this, new RetryDue(this), owner.Group.Node.Draw(min, max));

        public void StopTimer(Protocol.Timer timer) => owner.Timers.Cancel(this);

        public void Tell(Effect.Told told) =>
            End(told is Effect.Chosen chosen ? new Decision.Decided(name, chosen.Value.ToString()) : new Decision.Undecided(name));

        /// <summary>One caller's deadline has passed; the attempt goes on while somebody waits for it.</summary>
        public void GiveUp(ulong call)
        {
            if (!Waiting.Remove(call, out var caller))
                return;
            caller.Tell(new CallEnded(call, TimedOut()));
            if (Waiting.Count == 0)
                owner.Remove(this);
        }

        // While others wait the attempt goes on, with the first one's value: that may still be chosen.
        private Decision.Failed TimedOut() => !isRead && (Proposer.MayHaveHappened || Waiting.Count > 0)
            ? new Decision.Failed(name, Decision.Failure.OutcomeUnknown, string.Create(
                CultureInfo.InvariantCulture,
                $"No quorum answered ballot {Proposer.Ballot} in time: the value may be chosen, or may still be. Ask again, the answer is then certain."))
            : new Decision.Failed(name, Decision.Failure.NoQuorum, string.Create(
                CultureInfo.InvariantCulture,
                $"No quorum of the {owner.Group.Configuration.Voters.Length} voters answered in time: nothing was proposed. Are enough of them up?"));

        private void End(Decision.Response response)
        {
            // Nobody waits any more for what was held back by a write.
            if (!IsUnderWay)
                return;
            foreach (var (call, caller) in Waiting)
            {
                owner.calls.Remove(call);
                owner.Timers.Cancel(call);
                caller.Tell(new CallEnded(call, response));
            }
            Waiting.Clear();
            owner.Remove(this);
        }
    }

    public static Props Props(GroupContext group) => Akka.Actor.Props.Create(() => new ProposerActor(group));
}
