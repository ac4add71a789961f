using Akka.Actor;
using Proto = Paxos.Actors.Wire.Proto;

namespace Paxos.Actors.Clients;

/// <summary>A call of this app that has no reply yet. Its caller gives it up; it never leaves the process.</summary>
/// <param name="mayRepeat">It does no harm when it is run twice: another member may be asked when the first one is lost.</param>
internal sealed class PendingCall(Proto.Call call, bool mayRepeat) : INoSerializationVerificationNeeded
{
    private readonly TaskCompletionSource<Proto.Reply> done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Proto.Call Call => call;

    public bool MayRepeat => mayRepeat;

    public int Bytes { get; } = call.CalculateSize();

    public Task<Proto.Reply> Done => done.Task;

    /// <summary>Whom it was sent to, the last time; null: nobody yet.</summary>
    public Address? SentTo { get; set; }

    public bool IsWaiting { get; set; }

    /// <summary>Another member may have it too: what one of them says of its copy does not hold for the call.</summary>
    public bool WasRepeated { get; set; }

    /// <summary>It is a command or a decision: whether it happened is the question where there is no answer.</summary>
    public bool Changes => call.CallCase is Proto.Call.CallOneofCase.Command or Proto.Call.CallOneofCase.Decide;

    public void Complete(Proto.Reply reply) => done.TrySetResult(reply);

    public void Cancel(CancellationToken ct) => done.TrySetCanceled(ct);

    public void Fail(PaxosException reason) => done.TrySetException(reason);
}
