namespace Paxos.Protocol;

/// <summary>Every round up to this one may have been issued.</summary>
public sealed record RoundsReserved(ulong Through) : Event
{
    public override string ToString() => $"RoundsReserved({Through})";
}

/// <summary>
/// The rounds that a node has issued, for all its proposers. They are reserved in blocks by one persist; a node that
/// restarts begins after its last block, so it never issues a ballot that it issued before
/// ("Paxos Made Simple", section 2.5: a proposer remembers the highest number it has used).
/// </summary>
public sealed class Rounds
{
    private readonly ulong block;
    private ulong issued;
    private ulong reserved;

    /// <param name="block">How many rounds one persist reserves: 1 or more.</param>
    public Rounds(int block = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(block, 1);
        this.block = (ulong)block;
    }

    /// <summary>The next round, above every one issued and above <paramref name="above"/>. It may be used when the effects before it are durable.</summary>
    public ulong Next(ulong above, Effects effects)
    {
        issued = Math.Max(issued, above) + 1;
        if (issued > reserved)
        {
            reserved = issued + (block - 1);
            effects.Persist(new RoundsReserved(reserved));
        }
        return issued;
    }

    public void Recover(RoundsReserved reservation)
    {
        reserved = Math.Max(reserved, reservation.Through);
        issued = reserved;
    }

    public void Write(CanonicalWriter writer)
    {
        writer.Number(issued);
        writer.Number(reserved);
    }

    public void Read(ref CanonicalReader reader)
    {
        issued = reader.Number();
        reserved = reader.Number();
    }
}
