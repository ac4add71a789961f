using Akka.Actor;
using Akka.Remote;
using Proto = Paxos.Actors.Wire.Proto;

namespace Paxos.Actors.Clients;

/// <summary>
/// Gathers an app's calls and has one member run them, the leader where it can be reached: what waits goes as one message. Each call
/// is answered once, by its deadline.
/// </summary>
internal sealed class CallerActor(ClientSettings settings) : UntypedActor, IWithTimers
{
    // Messages with calls under way to a member, at most: what is called meanwhile gathers, and goes as one when they have come there.
    private const int MaxUntaken = 16;

    // A caller that starts again has this one's address, and must not take the replies to it.
    private readonly ulong number = (ulong)Random.Shared.NextInt64();

    private readonly Dictionary<ulong, PendingCall> pending = [];
    private readonly Queue<PendingCall> waiting = new();

    // Every call has the same time, so the first that came is the first that is due.
    private readonly Queue<(TimeSpan Deadline, ulong Call)> deadlines = new();
    private readonly HashSet<Address> contacts = [.. settings.Contacts];
    private Member? current;
    private Address? leader;
    private ulong lastCall;
    private ulong lastMessage;
    private long pendingBytes;
    private bool isFlushing;

    public ITimerScheduler Timers { get; set; } = null!;

    private static TimeSpan Monotonic => Context.System.Scheduler.MonotonicClock;

    protected override void PreStart()
    {
        Context.System.EventStream.Subscribe(Self, typeof(DisassociatedEvent));
        Timers.StartPeriodicTimer(Tick.Instance, Tick.Instance, TimeSpan.Zero, settings.PingInterval);
    }

    protected override void PostStop()
    {
        foreach (var call in pending.Values)
            call.Fail(GivenUp(call, "the actor system ends"));
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case PendingCall call:
                OnCall(call);
                break;
            // The calls that came meanwhile stand before it in the mailbox, so they share a message.
            case Flush:
                isFlushing = false;
                SendWaiting();
                break;
            case Replies { Content: var replies } when replies.Caller == number:
                OnReplies(replies, Sender);
                break;
            case DisassociatedEvent gone:
                OnGone(gone.RemoteAddress);
                break;
            case Tick:
                OnTick();
                break;
        }
    }

    private void OnCall(PendingCall call)
    {
        if (pending.Count >= settings.MaxInFlight || pendingBytes + call.Bytes > settings.MaxInFlightBytes)
        {
            call.Fail(new NotAppliedException(
                NotAppliedReason.Overloaded, "Too many calls are under way (paxos.client.max-in-flight, max-in-flight-bytes): try again later, or slower."));
            return;
        }
        call.Call.Id = ++lastCall;
        pending.Add(lastCall, call);
        pendingBytes += call.Bytes;
        deadlines.Enqueue((Monotonic + settings.OperationTimeout, lastCall));
        Enqueue(call);
    }

    private void Enqueue(PendingCall call)
    {
        if (!call.IsWaiting)
        {
            call.IsWaiting = true;
            waiting.Enqueue(call);
        }
        FlushSoon();
    }

    private void FlushSoon()
    {
        if (current is null || isFlushing || waiting.Count == 0)
            return;
        isFlushing = true;
        Self.Tell(Flush.Instance);
    }

    private void SendWaiting()
    {
        while (current is not null && lastMessage - current.Taken < MaxUntaken && Batches.Next(waiting, static call => call.Bytes) is { Count: > 0 } batch)
        {
            var message = New();
            foreach (var call in batch)
            {
                call.IsWaiting = false;
                if (!pending.ContainsKey(call.Call.Id))
                    continue;
                call.WasRepeated |= call.SentTo is not null;
                call.SentTo = current.Address;
                message.Items.Add(call.Call);
            }
            if (message.Items.Count == 0)
                continue;
            message.Number = ++lastMessage;
            message.WantsReceipt = lastMessage - current.Taken == MaxUntaken;
            current.Desk.Tell(new Calls(message), Self);
        }
    }

    private void OnReplies(Proto.Replies replies, IActorRef desk)
    {
        var address = desk.Path.Address;
        // Another process has the address: the one before it is gone with its calls, and takes no more.
        if (current?.Address == address && !current.Desk.Equals(desk))
            OnGone(address);
        if (current?.Address == address)
        {
            current.HeardAt = Monotonic;
            current.Taken = Math.Max(current.Taken, Math.Min(replies.Taken, lastMessage));
        }
        foreach (var reply in replies.Items)
        {
            if (Take(reply.Id) is { } call)
                End(call, reply);
        }
        if (!replies.IsServing)
        {
            if (current?.Address == address)
                Seek();
            return;
        }
        var isPong = replies.Items.Count == 0;
        var named = isPong ? RemoteTransport.AddressIn("", replies.Leader) : null;
        // One that knows of no leader may be cut off from the others: then one that does is better.
        if (current is null || (current.Address != address && (address == leader || (leader is null && named is not null))))
            current = new Member(address, desk, Monotonic, lastMessage);
        FlushSoon();
        if (!isPong || current.Address != address || (named is not null && named == leader))
            return;
        leader = named;
        if (named is null)
        {
            PingContacts();
        }
        else if (named != address)
        {
            contacts.Add(named);
            Ping(named);
        }
    }

    private static void End(PendingCall call, Proto.Reply reply)
    {
        if (call is { WasRepeated: true, Changes: true } && reply.Failed is { } failed && CallFailure.FromProto(failed) is NotAppliedException)
            call.Fail(new OutcomeUnknownException($"Two members were asked, and one of them said: {failed.Message} The other one may have done it."));
        else
            call.Complete(reply);
    }

    // Its process ended, or remoting gave it up: what it has not answered it will not.
    private void OnGone(Address address)
    {
        if (current?.Address == address)
            Seek();
        foreach (var call in pending.Values.Where(call => call.SentTo == address).ToList())
        {
            if (call.MayRepeat)
                Enqueue(call);
            else
                Take(call.Call.Id)!.Fail(GivenUp(call, $"the connection to {address} ended"));
        }
    }

    private void OnTick()
    {
        while (deadlines.TryPeek(out var oldest) && (oldest.Deadline <= Monotonic || !pending.ContainsKey(oldest.Call)))
        {
            deadlines.Dequeue();
            if (Take(oldest.Call) is { } overdue)
                overdue.Fail(GivenUp(overdue, "no answer came in time"));
        }
        // While no member is up nothing else takes out what was given up.
        while (waiting.TryPeek(out var first) && !pending.ContainsKey(first.Call.Id))
            waiting.Dequeue();
        if (current is null)
        {
            Seek();
        }
        else if (Monotonic - current.HeardAt > settings.SilentAfter)
        {
            // It may be there yet, and answer: only what does no harm is asked of another one.
            foreach (var call in pending.Values.Where(call => call.MayRepeat && call.SentTo == current.Address))
                Enqueue(call);
            Seek();
        }
        else
        {
            Ping(current.Address);
            if (leader is not null && leader != current.Address)
                Ping(leader);
        }
    }

    // The first member that serves gets the calls; it then says who leads.
    private void Seek()
    {
        current = null;
        leader = null;
        PingContacts();
    }

    private void PingContacts()
    {
        foreach (var contact in contacts)
            Ping(contact);
    }

    private void Ping(Address member) => Context.ActorSelection($"{member}/user/{DeskActor.Name}").Tell(new Calls(New()), Self);

    // What was sent before it has come there, or was lost on the way, when it is answered: neither is waited for any more.
    private Proto.Calls New() => new() { Caller = number, Number = lastMessage };

    private PendingCall? Take(ulong id)
    {
        if (!pending.Remove(id, out var call))
            return null;
        pendingBytes -= call.Bytes;
        return call;
    }

    /// <summary>What becomes of a call that has no answer.</summary>
    public static PaxosException GivenUp(PendingCall call, string why) => call switch
    {
        { SentTo: null } => new NotAppliedException(NotAppliedReason.NoQuorum, $"No member took the call: {why}. Are the contacts (paxos.client.contacts) and the name of the members' actor system (paxos.client.system) right, and enough members up?"),
        { Changes: false } => new NotAppliedException(NotAppliedReason.NoQuorum, $"There is no answer: {why}."),
        _ => new OutcomeUnknownException($"The call had been sent, and {why}: it may have been applied, or may still be."),
    };

    /// <summary>Who runs the calls.</summary>
    /// <param name="taken">The last message before it was chosen.</param>
    private sealed class Member(Address address, IActorRef desk, TimeSpan heardAt, ulong taken)
    {
        public Address Address => address;

        public IActorRef Desk => desk;

        public TimeSpan HeardAt { get; set; } = heardAt;

        /// <summary>The last message with calls that has come to it, as it says.</summary>
        public ulong Taken { get; set; } = taken;
    }

    private sealed record Flush : INoSerializationVerificationNeeded
    {
        public static readonly Flush Instance = new();
    }

    private sealed record Tick : INoSerializationVerificationNeeded
    {
        public static readonly Tick Instance = new();
    }

    public static Props Props(ClientSettings settings) => Akka.Actor.Props.Create(() => new CallerActor(settings));
}
