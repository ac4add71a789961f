namespace Paxos.Protocol.SingleDecree;

/// <summary>Who is copied from, and how far that is.</summary>
/// <param name="openEpoch">As it said with its first page: what it says later may be of a state that the first page did not have.</param>
internal sealed class EpochSource(Member member, uint openEpoch)
{
    public Member Member => member;

    public uint OpenEpoch => openEpoch;

    public ulong After { get; set; }

    public ulong Next { get; set; }

    public bool IsLast { get; set; }

    /// <summary>A page is on its way into the acceptors.</summary>
    public bool IsTaking { get; set; }

    public bool IsComplete { get; set; }

    public void Write(CanonicalWriter writer)
    {
        writer.Node(member.Id);
        writer.Incarnation(member.Incarnation);
        writer.Number(openEpoch);
        writer.Number(After);
        writer.Number(Next);
        writer.Flag(IsLast);
        writer.Flag(IsTaking);
        writer.Flag(IsComplete);
    }

    public static EpochSource Read(ref CanonicalReader reader) => new(new Member(reader.Node(), reader.Incarnation()), (uint)reader.Number())
    {
        After = reader.Number(),
        Next = reader.Number(),
        IsLast = reader.Flag(),
        IsTaking = reader.Flag(),
        IsComplete = reader.Flag(),
    };
}
