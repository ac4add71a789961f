using Akka.Actor;
using Paxos.Protocol;

namespace Paxos.Actors.Members;

/// <summary>A change that somebody asked this node for. The result is set by the deadline.</summary>
internal sealed record ChangeCall(MemberChange Change, TaskCompletionSource<ConfigurationStatus> Done) : INoSerializationVerificationNeeded;

/// <summary>Somebody asked this node to let another one lead. The result is set by the deadline.</summary>
internal sealed record TransferCall(NodeId To, TaskCompletionSource Done) : INoSerializationVerificationNeeded;

/// <summary>Calls for the members from outside the actors.</summary>
internal sealed class MemberCalls(ActorSystem system, IActorRef endpoint, PaxosSettings settings) : IMembers
{
    public Task<ConfigurationStatus> AddAsync(NodeId node, string? address = null, CancellationToken ct = default) =>
        ChangeAsync(new MemberChange.Add(Checked(node), Checked(address)), ct);

    public Task<ConfigurationStatus> RemoveAsync(NodeId node, CancellationToken ct = default) =>
        ChangeAsync(new MemberChange.Remove(Checked(node)), ct);

    public Task<ConfigurationStatus> PromoteAsync(NodeId node, CancellationToken ct = default) =>
        ChangeAsync(new MemberChange.Promote(Checked(node)), ct);

    public Task<ConfigurationStatus> ReplaceAsync(NodeId node, string? address = null, CancellationToken ct = default) =>
        ChangeAsync(new MemberChange.Replace(Checked(node), Checked(address)), ct);

    public async Task TransferLeadershipAsync(NodeId node, CancellationToken ct = default)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        endpoint.Tell(new TransferCall(Checked(node), done));
        await InTimeAsync(done.Task, ct).ConfigureAwait(false);
    }

    private async Task<ConfigurationStatus> ChangeAsync(MemberChange change, CancellationToken ct)
    {
        var done = new TaskCompletionSource<ConfigurationStatus>(TaskCreationOptions.RunContinuationsAsynchronously);
        endpoint.Tell(new ChangeCall(change, done));
        await InTimeAsync(done.Task, ct).ConfigureAwait(false);
        return await done.Task.ConfigureAwait(false);
    }

    private async Task InTimeAsync(Task done, CancellationToken ct)
    {
        try
        {
            // The answer comes by the deadline; this is for an actor system that ends before it.
            await done.WaitAsync(settings.OperationTimeout * 2, ct).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new OutcomeUnknownException("The node ended before it answered: the change may have been made.");
        }
    }

    private static NodeId Checked(NodeId node) => node == default ? throw new ArgumentException("The node's id is missing.", nameof(node)) : node;

    private string? Checked(string? address) => address is null || RemoteTransport.AddressIn(system, address) is not null
        ? address
        : throw new ArgumentException($"'{address}' is no address: write HOST:PORT.", nameof(address));
}
