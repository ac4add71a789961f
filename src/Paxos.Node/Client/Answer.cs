using Paxos.Node.Http;

namespace Paxos.Node.Client;

/// <summary>What one node said to a request, or why it said nothing.</summary>
internal abstract record Answer
{
    /// <summary>The request is settled: no other node will answer otherwise.</summary>
    public abstract record Settled : Answer;

    /// <summary>It did not settle the request.</summary>
    /// <param name="Detail">Why, in words for whoever asked.</param>
    public abstract record Unsettled(string Detail) : Answer;

    /// <param name="Mine">The decided value is the one that was proposed.</param>
    public sealed record Decided(string Value, bool Mine) : Settled;

    public sealed record Found(ulong Version, byte[] Value) : Settled;

    /// <summary>Nothing is at the key.</summary>
    public sealed record Absent : Settled;

    /// <param name="Version">The new one; null after a deletion.</param>
    public sealed record Written(ulong? Version) : Settled;

    /// <summary>Not written: the register is not as the condition says.</summary>
    /// <param name="Current">The version that is there; null: none.</param>
    public sealed record Lost(ulong? Current) : Settled;

    public sealed record Page(RangeDocument Range) : Settled;

    /// <summary>The members were changed: this is the configuration now.</summary>
    public sealed record Changed(ConfigurationDocument Configuration) : Settled;

    public sealed record Led(LeaderDocument Leader) : Settled;

    /// <summary>Not changed, for certain; no other node would say otherwise.</summary>
    public sealed record NotChanged(string Detail) : Settled;

    /// <summary>The request is wrong: no other node will answer better.</summary>
    public sealed record Invalid(string Detail) : Unsettled(Detail);

    /// <summary>Certainly not done by this node: overloaded, forming, no member. Another may do it.</summary>
    public sealed record Refused(string Detail) : Unsettled(Detail);

    /// <summary>No quorum answered in time, or the connection broke with the request on its way: nobody knows what came of it.</summary>
    public sealed record Unknown(string Detail) : Unsettled(Detail);

    /// <summary>Nothing that is a node answered there, and nothing was sent that one could have taken.</summary>
    public sealed record Unreachable(string Detail) : Unsettled(Detail);
}
