using System.Collections.Immutable;

namespace Paxos.Protocol;

/// <summary>A node as configurations and quorums know it: by name and incarnation.</summary>
public readonly record struct Member(NodeId Id, Incarnation Incarnation);

/// <summary>
/// Who votes, who only learns, and how many make a quorum. Every message carries the epoch of the configuration it was
/// sent in, and is dropped in another: a quorum of one configuration says nothing in the next. Equal when all of it is.
/// </summary>
public sealed class Configuration : IEquatable<Configuration>
{
    /// <summary>A quorum is a set of bits in a <see cref="ulong"/>.</summary>
    public const int MaxVoters = 64;

    /// <exception cref="ArgumentException">No voter, too many, a node named twice, or a rule that does not fit.</exception>
    public Configuration(uint epoch, IEnumerable<Member> voters, IEnumerable<Member> learners, QuorumRule? rule = null)
    {
        Epoch = epoch;
        Voters = [.. voters.OrderBy(voter => voter.Id)];
        Learners = [.. learners.OrderBy(learner => learner.Id)];
        if (Voters.Length is 0 or > MaxVoters)
            throw new ArgumentException($"A configuration has 1 to {MaxVoters} voters, not {Voters.Length}.", nameof(voters));
        Everyone = [.. Voters.Select(voter => voter.Id), .. Learners.Select(learner => learner.Id)];
        if (Everyone.Distinct().Count() != Everyone.Length)
            throw new ArgumentException("A node is a voter or a learner of a configuration, and once.", nameof(learners));
        Rule = rule ?? QuorumRule.Majority(Voters.Length);
        Rule.Validate(Voters.Length);
    }

    public uint Epoch { get; }

    /// <summary>The acceptors, in the order of their names.</summary>
    public ImmutableArray<Member> Voters { get; }

    /// <summary>Nodes that are told what is chosen and have no vote, in the order of their names.</summary>
    public ImmutableArray<Member> Learners { get; }

    /// <summary>The voters, then the learners.</summary>
    public ImmutableArray<NodeId> Everyone { get; }

    public QuorumRule Rule { get; }

    /// <summary>The voter's place in <see cref="Voters"/>, or -1.</summary>
    public int IndexOfVoter(NodeId node)
    {
        for (var i = 0; i < Voters.Length; i++)
        {
            if (Voters[i].Id == node)
                return i;
        }
        return -1;
    }

    public Value Encode()
    {
        var writer = new CanonicalWriter();
        writer.Number(Epoch);
        WriteMembers(writer, Voters);
        WriteMembers(writer, Learners);
        writer.Number((ulong)Rule.Phase1);
        writer.Number((ulong)Rule.Phase2);
        return new Value(writer.Written.ToArray());
    }

    /// <exception cref="ArgumentException">The bytes make no configuration.</exception>
    public static Configuration Decode(Value value)
    {
        var reader = new CanonicalReader(value.Bytes.Span);
        return new Configuration(
            (uint)reader.Number(),
            ReadMembers(ref reader),
            ReadMembers(ref reader),
            new QuorumRule((int)reader.Number(), (int)reader.Number()));
    }

    private static void WriteMembers(CanonicalWriter writer, ImmutableArray<Member> members)
    {
        writer.Number((ulong)members.Length);
        foreach (var member in members)
        {
            writer.Node(member.Id);
            writer.Incarnation(member.Incarnation);
        }
    }

    private static Member[] ReadMembers(ref CanonicalReader reader)
    {
        var members = new Member[(int)reader.Number()];
        for (var i = 0; i < members.Length; i++)
            members[i] = new Member(reader.Node(), reader.Incarnation());
        return members;
    }

    /// <summary><c>configuration 2: a, b, c</c>, with <c>learners d</c> where there are any.</summary>
    public override string ToString()
    {
        var voters = $"configuration {Epoch}: {string.Join(", ", Voters.Select(voter => voter.Id))}";
        return Learners.IsEmpty ? voters : $"{voters}, learners {string.Join(", ", Learners.Select(learner => learner.Id))}";
    }

    public bool Equals(Configuration? other) =>
        other is not null
        && Epoch == other.Epoch
        && Rule == other.Rule
        && Voters.SequenceEqual(other.Voters)
        && Learners.SequenceEqual(other.Learners);

    public override bool Equals(object? obj) => Equals(obj as Configuration);

    public override int GetHashCode() => HashCode.Combine(Epoch, Rule, Voters[0], Voters.Length, Learners.Length);
}
