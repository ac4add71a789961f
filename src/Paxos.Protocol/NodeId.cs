namespace Paxos.Protocol;

/// <summary>
/// The name of a node in its cluster: 1 to 64 characters of <c>a-z A-Z 0-9 - _ .</c>, compared by ordinal.
/// A name alone does not make a voter: a quorum counts a name together with its <see cref="Incarnation"/>.
/// </summary>
public readonly record struct NodeId : IComparable<NodeId>
{
    public const int MaxLength = 64;

    private readonly string? id;

    /// <exception cref="FormatException">The text is empty, too long, or holds another character.</exception>
    public NodeId(string id)
    {
        if (!IsValid(id))
            throw new FormatException($"'{id}' is not a node id: 1 to {MaxLength} characters of a-z A-Z 0-9 - _ .");
        this.id = id;
    }

    public static bool IsValid(string? id)
    {
        if (id is not { Length: > 0 and <= MaxLength })
            return false;
        foreach (var c in id)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.'))
                return false;
        }
        return true;
    }

    public int CompareTo(NodeId other) => string.CompareOrdinal(ToString(), other.ToString());

    public override string ToString() => id ?? "";
}
