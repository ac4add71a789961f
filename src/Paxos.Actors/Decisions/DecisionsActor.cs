using System.Text;
using Akka.Actor;
using Paxos.Actors.Roles;
using Paxos.Actors.Wire;
using Paxos.Protocol;

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
    private GroupOpened? open;
    private ulong lastCall;
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
                Begin(forward.Request, forward.Timeout, new Caller.Remote(delivery.From, forward.Id));
                break;
            case Delivery { Message: Answer answer }:
                End(answer.Id, answer.Response);
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
        var call = new Call(++lastCall, timeout, request);
        pending.Add(call.Id, new Pending(request, caller));
        Timers.StartSingleTimer(call.Id, new Overdue(call.Id), timeout + Grace);
        if (node.Settings.Self.Roles.HasFlag(NodeRoles.Proposer))
        {
            open!.Roles.Tell(call);
            return;
        }
        // A learner may know, or hear from one that does; a proposer elsewhere finds out in any case.
        if (request is Decision.Read && node.Settings.Self.Roles.HasFlag(NodeRoles.Learner))
            open!.Roles.Tell(call);
        if (caller is Caller.Local)
            open!.Group.Send(SomeProposer(), "", new Forward(call.Id, timeout, request));
    }

    private Decision.Failed? Refusal(Decision.Request request)
    {
        if (InstanceName.Problem(request.Name) is { } wrongName)
            return new Decision.Failed(request.Name, Decision.Failure.Invalid, wrongName);
        if (request is Decision.Decide decide && ProblemOfValue(decide.Value) is { } wrongValue)
            return new Decision.Failed(request.Name, Decision.Failure.Invalid, wrongValue);
        return node.Board.State switch
        {
            NodeState.Running when open is not null && pending.Count < node.Settings.MaxInFlight => null,
            NodeState.Running when open is not null => new Decision.Failed(
                request.Name,
                Decision.Failure.Overloaded,
                $"This node has {pending.Count} calls under way, its limit (paxos.decisions.max-in-flight): try again later."),
            NodeState.Refused or NodeState.Failed => new Decision.Failed(
                request.Name, Decision.Failure.NotMember, $"This node takes no part: {node.Board.Reason}"),
            _ => new Decision.Failed(
                request.Name, Decision.Failure.Forming, "The cluster is forming: its nodes have not all found each other yet. Try again in a moment."),
        };
    }

    private static string? ProblemOfValue(string value)
    {
        if (value.Length == 0)
            return "The value is empty: give 1 to 65,536 bytes of UTF-8.";
        try
        {
            var bytes = new UTF8Encoding(false, throwOnInvalidBytes: true).GetByteCount(value);
            return bytes <= PaxosExtension.MaxDecisionBytes
                ? null
                : $"The value has {bytes} bytes: the limit is {PaxosExtension.MaxDecisionBytes} bytes of UTF-8.";
        }
        catch (EncoderFallbackException)
        {
            return "The value is not UTF-8: it holds half of a surrogate pair.";
        }
    }

    // In turn, and one that was heard of late where there is one.
    private NodeId SomeProposer()
    {
        var proposers = node.Settings.Members.Values.Where(member => member.Roles.HasFlag(NodeRoles.Proposer)).Select(member => member.Id).ToList();
        var heard = proposers.FindAll(node.Board.IsHeard);
        var some = heard.Count > 0 ? heard : proposers;
        return some[(int)((uint)turn++ % some.Count)];
    }

    private void End(ulong call, Decision.Response response)
    {
        if (!pending.Remove(call, out var ended))
            return;
        Timers.Cancel(call);
        Reply(ended.Caller, response);
    }

    private void Reply(Caller caller, Decision.Response response)
    {
        switch (caller)
        {
            case Caller.Local local:
                local.Actor.Tell(response);
                break;
            case Caller.Remote remote:
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

    private sealed record Pending(Decision.Request Request, Caller Caller);

    private sealed record Overdue(ulong Call) : INoSerializationVerificationNeeded;

    public static Props Props(NodeContext node) => Akka.Actor.Props.Create(() => new DecisionsActor(node));
}
