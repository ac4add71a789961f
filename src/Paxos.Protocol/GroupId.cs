namespace Paxos.Protocol;

/// <summary>
/// One of the groups of a cluster: each has its own configuration and its own instances, and shares nothing with the
/// others but the machines. Spelt like a <see cref="NodeId"/>.
/// </summary>
public readonly record struct GroupId
{
    public static readonly GroupId Default = new("default");

    private readonly string? id;

    /// <exception cref="FormatException">The text is empty, too long, or holds another character.</exception>
    public GroupId(string id)
    {
        if (!NodeId.IsValid(id))
            throw new FormatException($"'{id}' is not a group id: 1 to {NodeId.MaxLength} characters of a-z A-Z 0-9 - _ .");
        this.id = id;
    }

    public override string ToString() => id ?? "";
}
