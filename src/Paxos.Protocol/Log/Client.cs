#pragma warning disable CA1822 // a skeleton
namespace Paxos.Protocol.Log;

/// <summary>Skeleton: signatures only, the body follows.</summary>
public sealed class Client(UInt128 token, ClientSettings settings, LogSettings log)
{
    public int Pending => 0;

    /// <summary>A command for the machine; sent by <see cref="Flush"/>.</summary>
    /// <param name="callId">The host's own number for the call, never used before.</param>
    public void Submit(ulong callId, Value payload, Now now, Effects effects) => throw new NotSupportedException($"{token}{settings}{log}");

    public void SubmitKeyed(ulong callId, string key, Value payload, Now now, Effects effects) => throw new NotSupportedException($"{token}{settings}{log}");

    /// <summary>A linearizable read; asked for by <see cref="Flush"/>.</summary>
    public void Read(ulong callId, Now now, Effects effects) => throw new NotSupportedException($"{token}{settings}{log}");

    /// <summary>Sends what was called since. The host calls it at the end of a step: calls of one step share a message.</summary>
    public void Flush(Now now, Effects effects) => throw new NotSupportedException($"{token}{settings}{log}");

    /// <summary>Takes <see cref="Refused"/>, <see cref="ReadConfirmed"/> and <see cref="LeaderIs"/>.</summary>
    public void On(NodeId from, Message message, Now now, Effects effects) => throw new NotSupportedException($"{token}{settings}{log}");

    /// <summary>The learner of this node told it.</summary>
    public void OnCompleted(Completed completed, Now now, Effects effects) => throw new NotSupportedException($"{token}{settings}{log}");

    /// <summary>This node's learner has applied up to this slot (after it told what the slots hold).</summary>
    public void OnApplied(ulong slot, Effects effects) => throw new NotSupportedException($"{token}{settings}{log}");

    /// <summary>This node's learner restored a snapshot of another node: it told no results of the slots that it skipped.</summary>
    public void OnSkipped(ulong slot, Effects effects) => throw new NotSupportedException($"{token}{settings}{log}");

    public void OnTimer(Timer timer, Now now, Effects effects) => throw new NotSupportedException($"{token}{settings}{log}");

    /// <summary>The call's deadline has come: tells whether the command may have been applied.</summary>
    public void GiveUp(ulong callId, Effects effects) => throw new NotSupportedException($"{token}{settings}{log}");
}
