using Akka.Actor;
using Paxos.Protocol.SingleDecree;

namespace Paxos.Actors.Roles;

/// <summary>Gives one page of another node's instances to this node's acceptors, and ends when all of them have written it down.</summary>
/// <param name="roles">The supervisor of the roles.</param>
internal sealed class PageTaker(PaxosSettings settings, IActorRef roles, CopiesArrived page) : UntypedActor, IWithTimers
{
    private readonly Dictionary<string, InstanceCopy> missing = new(StringComparer.Ordinal);

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        foreach (var copy in page.Items)
            missing[copy.Name] = copy;
        Give();
        Timers.StartPeriodicTimer(Again.Instance, Again.Instance, settings.Retry.Max);
        FinishWhenTaken();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case CopyTaken taken:
                missing.Remove(taken.Name);
                FinishWhenTaken();
                break;
            // An acceptor may have been down; to take a thing over twice changes nothing.
            case Again:
                Give();
                break;
        }
    }

    private void Give()
    {
        foreach (var copy in missing.Values)
            roles.Tell(new TakeCopy(copy, page.Epoch));
    }

    private void FinishWhenTaken()
    {
        if (missing.Count > 0)
            return;
        Context.Parent.Tell(new PageTaken(page));
        Context.Stop(Self);
    }

    private sealed record Again : INoSerializationVerificationNeeded
    {
        public static readonly Again Instance = new();
    }

    public static Props Props(PaxosSettings settings, IActorRef roles, CopiesArrived page) =>
        Akka.Actor.Props.Create(() => new PageTaker(settings, roles, page));
}
