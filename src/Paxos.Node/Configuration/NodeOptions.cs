namespace Paxos.Node.Configuration;

/// <summary>What the command line of <c>paxos node</c> said, unread; null where it said nothing.</summary>
internal sealed record NodeOptions
{
    public string? ConfigFile { get; init; }

    public string? Id { get; init; }

    public string? Bind { get; init; }

    public string? Http { get; init; }

    public string? Data { get; init; }

    public string? Members { get; init; }

    public bool Bootstrap { get; init; }

    public bool Join { get; init; }
}
