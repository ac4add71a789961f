using Akka.Actor;
using Paxos.Protocol.SingleDecree;

namespace Paxos.Actors.Roles;

/// <summary>Reads one page of what this node's instances hold, and ends.</summary>
/// <param name="roles">The supervisor of the roles.</param>
internal sealed class PageReader(PaxosSettings settings, IActorRef roles, PageWanted page) : UntypedActor, IWithTimers
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, InstanceCopy?> read = new(StringComparer.Ordinal);
    private readonly HashSet<string> awaited = new(StringComparer.Ordinal);
    private NamesRead? list;

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        Timers.StartSingleTimer(GiveUp.Instance, GiveUp.Instance, Patience);
        Timers.StartPeriodicTimer(Again.Instance, Again.Instance, settings.Retry.Max);
        Ask();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case NamesRead names when list is null:
                list = names;
                awaited.UnionWith(names.Names.Select(each => each.Name));
                Ask();
                FinishWhenRead();
                break;
            case InstanceRead instance when awaited.Remove(instance.Name):
                read[instance.Name] = instance.Copy;
                FinishWhenRead();
                break;
            // Who was to read it may have been down, or have failed at it.
            case Again:
                Ask();
                break;
            // Who wants the page asks again.
            case GiveUp:
                Context.Parent.Tell(new PageFailed(page));
                Context.Stop(Self);
                break;
        }
    }

    private void Ask()
    {
        if (list is null)
            roles.Tell(new ReadNames(page.After, settings.PageNames));
        foreach (var name in awaited)
            roles.Tell(new ReadInstance(name));
    }

    // As much as fits, and one instance in any case.
    private void FinishWhenRead()
    {
        if (awaited.Count > 0)
            return;
        var items = new List<InstanceCopy>();
        var next = page.After;
        var bytes = 0;
        var isCut = false;
        foreach (var (number, name) in list!.Names)
        {
            // A name may be in the list more than once.
            if (read.Remove(name, out var copy) && copy is not null)
            {
                bytes += name.Length + (copy.Chosen ?? copy.Accepted!.Value.Value).Bytes.Length;
                isCut = items.Count > 0 && bytes > settings.Log.Options.PageBytes;
                if (isCut)
                    break;
                items.Add(copy);
            }
            next = number;
        }
        Context.Parent.Tell(new PageRead(page, next, IsLast: list.IsLast && !isCut, items));
        Context.Stop(Self);
    }

    private sealed record Again : INoSerializationVerificationNeeded
    {
        public static readonly Again Instance = new();
    }

    private sealed record GiveUp : INoSerializationVerificationNeeded
    {
        public static readonly GiveUp Instance = new();
    }

    public static Props Props(PaxosSettings settings, IActorRef roles, PageWanted page) =>
        Akka.Actor.Props.Create(() => new PageReader(settings, roles, page));
}
