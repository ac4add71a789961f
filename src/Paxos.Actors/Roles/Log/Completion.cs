using Paxos.Protocol;

namespace Paxos.Actors.Roles.Log;

/// <summary>Who waits for a command's end. Called once, by the client's actor, which must not wait for what is done here.</summary>
internal abstract class Completion
{
    /// <param name="result">What the machine returned.</param>
    public abstract void Succeed(Value result);

    /// <param name="reason">As <see cref="Registers.IRegisterStore"/> throws it.</param>
    public abstract void Fail(Exception reason);
}
