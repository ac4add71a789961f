namespace Paxos.TestKit.Simulation;

/// <summary>What was on a node's disk at some time.</summary>
/// <param name="Written">How many events were durable, ever.</param>
/// <param name="PutBack">The disk is again as it was; to be called while the process is down.</param>
internal sealed record DiskCopy(ulong Written, Action PutBack);
