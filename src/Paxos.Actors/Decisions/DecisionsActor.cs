using Akka.Actor;
using Paxos.Actors.Roles;
using Paxos.Actors.Wire;
using Paxos.Protocol;
using Paxos.Protocol.SingleDecree;

namespace Paxos.Actors.Decisions;

/// <summary>The node's group is there: calls can be served.</summary>
internal sealed record GroupOpened(GroupContext Group, IActorRef Roles) : INoSerializationVerificationNeeded;

/// <summary>
/// Where calls come in: checks them, takes them to this node's proposer or hands them on to a node that has one, and answers
/// each exactly once, by its deadline.
/// </summary>
internal sealed class DecisionsActor(NodeContext node) : UntypedActor, IWithTimers
{
    // The proposer answers at the deadline and knows best; this is for one that was lost with its calls.
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(500);

    private readonly Dictionary<ulong, Pending> pending = [];
    private readonly HashSet<Caller.Remote> handedOn = [];
    private GroupOpened? open;

    // An answer to a call of before a restart must not pass for one of now.
    private ulong lastCall = unchecked((ulong)Random.Shared.NextInt64(long.MinValue, long.MaxValue));
    private int turn;

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case GroupOpened opened:
                open = opened;
                break;
            case Decision.Request request:
                Begin(request, node.Settings.OperationTimeout, new Caller.Local(Sender));
                break;
            case Delivery { Message: Forward forward } delivery:
                OnForward(forward, new Caller.Remote(delivery.From, forward.Id));
                break;
            case Delivery { Message: Answer answer } delivery:
                OnAnswer(delivery.From, answer);
                break;
            case Again again when pending.TryGetValue(again.Call, out var call):
                HandOn(again.Call, call);
                break;
            case CallEnded ended:
                End(ended.Id, ended.Response);
                break;
            case Overdue overdue when pending.TryGetValue(overdue.Call, out var late):
                End(overdue.Call, NoAnswer(late.Request));
                break;
        }
    }

    private void Begin(Decision.Request request, TimeSpan timeout, Caller caller)
    {
        if (Refusal(request) is { } failed)
        {
            Reply(caller, failed);
            return;
        }
        var id = unchecked(++lastCall);
        var call = new Pending(request, caller, Now + timeout);
        pending.Add(id, call);
        Timers.StartSingleTimer(id, new Overdue(id), timeout + Grace);
        open!.Roles.Tell(new Call(id, timeout, request));
        if (caller is Caller.Local && !MayPropose)
            HandOn(id, call);
    }

    // It comes again while it is not answered.
    private void OnForward(Forward forward, Caller.Remote caller)
    {
        if (handedOn.Add(caller))
            Begin(forward.Request, forward.Timeout, caller);
    }

    // To the next proposer in turn, and again until an answer comes: asking twice decides nothing twice.
    private void HandOn(ulong id, Pending call)
    {
        if (call.Deadline <= Now)
            return;
        open!.Group.Send(SomeProposer(), "", new Forward(id, call.Deadline - Now, call.Request));
        Timers.StartSingleTimer((id, nameof(Again)), new Again(id), node.Settings.HeartbeatInterval);
    }

    private void OnAnswer(NodeId from, Answer answer)
    {
        // What a proposer elsewhere found out, this node's learner keeps.
        if (answer.Response is Decision.Decided decided)
            open?.Roles.Tell(new Delivery(from, decided.Name, new Chosen(Value.FromUtf8(decided.Value))));
        // One proposer's failure is not the call's: another one may have been asked too.
        if (answer.Response is not Decision.Failed)
            End(answer.Id, answer.Response);
    }

    private Decision.Failed? Refusal(Decision.Request request)
    {
        if (request.Problem is { } problem)
            return new Decision.Failed(request.Name, Decision.Failure.Invalid, problem);
        if (node.Board.Refusal is var (reason, message))
        {
            return new Decision.Failed(
                request.Name, reason == NotAppliedReason.NotMember ? Decision.Failure.NotMember : Decision.Failure.Forming, message);
        }
        if (open is null)
        {
            return new Decision.Failed(
                request.Name,
                Decision.Failure.NotMember,
                "Decisions have the members with which the cluster was formed, and this node is none of them: ask one that is.");
        }
        return pending.Count < node.Settings.MaxInFlight
            ? null
            : new Decision.Failed(
                request.Name,
                Decision.Failure.Overloaded,
                $"This node has {pending.Count} calls under way, its limit (paxos.decisions.max-in-flight): try again later.");
    }

    // One that joins issues no ballot before it votes.
    private bool MayPropose =>
        node.Settings.Self.Roles.HasFlag(NodeRoles.Proposer) && !open!.Group.Configuration.Joining.Contains(node.Self.Id);

    // In turn, and one that was heard of late where there is one.
    private NodeId SomeProposer()
    {
        var proposers = node.Settings.Members.Values
            .Where(member => member.Roles.HasFlag(NodeRoles.Proposer) && member.Id != node.Self.Id).Select(member => member.Id).ToList();
        if (proposers.Count == 0)
            proposers = [.. open!.Group.Configuration.Voters.Select(voter => voter.Id)];
        var heard = proposers.FindAll(node.Board.IsHeard);
        var some = heard.Count > 0 ? heard : proposers;
        return some[(int)((uint)turn++ % some.Count)];
    }

    private void End(ulong call, Decision.Response response)
    {
        if (!pending.Remove(call, out var ended))
            return;
        Timers.Cancel(call);
        Timers.Cancel((call, nameof(Again)));
        Reply(ended.Caller, response);
    }

    private static TimeSpan Now => Context.System.Scheduler.MonotonicClock;

    private void Reply(Caller caller, Decision.Response response)
    {
        switch (caller)
        {
            case Caller.Local local:
                local.Actor.Tell(response);
                break;
            case Caller.Remote remote:
                handedOn.Remove(remote);
                open?.Group.Send(remote.Node, "", new Answer(remote.Call, response));
                break;
        }
    }

    private static Decision.Failed NoAnswer(Decision.Request request) => request is Decision.Decide
        ? new Decision.Failed(
            request.Name,
            Decision.Failure.OutcomeUnknown,
            "The proposer did not answer in time: the value may be chosen. Ask again, the answer is then certain.")
        : new Decision.Failed(request.Name, Decision.Failure.NoQuorum, "No answer came in time.");

    private abstract record Caller
    {
        public sealed record Local(IActorRef Actor) : Caller;

        public sealed record Remote(NodeId Node, ulong Call) : Caller;
    }

    private sealed record Pending(Decision.Request Request, Caller Caller, TimeSpan Deadline);

    private sealed record Again(ulong Call) : INoSerializationVerificationNeeded;

    private sealed record Overdue(ulong Call) : INoSerializationVerificationNeeded;

    public static Props Props(NodeContext node) => Akka.Actor.Props.Create(() => new DecisionsActor(node));
}
