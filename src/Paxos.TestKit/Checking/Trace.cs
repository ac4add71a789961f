namespace Paxos.TestKit.Checking;
internal sealed class Trace(World world, CheckOptions options, StateTable states)
{
    public Violation To(int state, BrokenInvariant broken) => new(broken, 0, $"{world}{options}{states}{state}");
}
