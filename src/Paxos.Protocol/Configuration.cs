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

    /// <summary>The one that the cluster was formed with: it holds from the first slot, and stands in no log.</summary>
    public const uint FirstEpoch = 1;

    /// <exception cref="ArgumentException">No voter, too many, a node named twice, or a rule that does not fit.</exception>
    public Configuration(uint epoch, IEnumerable<Member> voters, IEnumerable<Member> learners, QuorumRule? rule = null)
    {
        Epoch = epoch;
        VoterEpoch = epoch;
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

    /// <summary>
    /// Counts the changes of voters or quorums alone: it is the same as long as those are. For decisions only these matter, and
    /// a node that begins to learn moves nothing.
    /// </summary>
    public uint VoterEpoch { get; init; }

    /// <summary>The acceptors, in the order of their names.</summary>
    public ImmutableArray<Member> Voters { get; }

    /// <summary>Nodes that are told what is chosen and have no vote, in the order of their names.</summary>
    public ImmutableArray<Member> Learners { get; }

    /// <summary>The voters, then the learners.</summary>
    public ImmutableArray<NodeId> Everyone { get; }

    public QuorumRule Rule { get; }

    /// <summary>Learners that become voters as soon as they have caught up; the leader sees to it.</summary>
    public ImmutableSortedSet<NodeId> Joining { get; private init; } = [];

    /// <summary>HOST:PORT of the members, from the first change on; before it they stand in the settings.</summary>
    public ImmutableSortedDictionary<NodeId, string> Addresses { get; private init; } = ImmutableSortedDictionary<NodeId, string>.Empty;

    /// <summary>True for a node that this configuration names, voter or learner, with this incarnation.</summary>
    public bool Names(Member member) => Voters.Contains(member) || Learners.Contains(member);

    /// <summary>The member of this name, or null.</summary>
    public Member? Find(NodeId node)
    {
        foreach (var member in Voters.AsSpan())
        {
            if (member.Id == node)
                return member;
        }
        foreach (var member in Learners.AsSpan())
        {
            if (member.Id == node)
                return member;
        }
        return null;
    }

    /// <summary>The same, with the addresses of members whose address it does not say.</summary>
    public Configuration WithAddresses(IEnumerable<KeyValuePair<NodeId, string>> known) => new(this)
    {
        Joining = Joining,
        Addresses = Addresses.AddRange(known.Where(address => Find(address.Key) is not null && !Addresses.ContainsKey(address.Key))),
    };

    /// <summary>The same, with these nodes as those that are to become voters.</summary>
    /// <exception cref="ArgumentException">One of them is no learner.</exception>
    public Configuration WithJoining(IEnumerable<NodeId> nodes)
    {
        var joining = nodes.ToImmutableSortedSet();
        if (joining.Any(node => !Learners.Any(learner => learner.Id == node)))
            throw new ArgumentException("A node that is to become a voter is a learner until then.", nameof(nodes));
        return new(this) { Joining = joining, Addresses = Addresses };
    }

    /// <summary>The next configuration: with a learner that becomes a voter when it has caught up.</summary>
    /// <exception cref="ArgumentException">The node is a member already.</exception>
    public Configuration Add(Member member, string address)
    {
        if (Find(member.Id) is { } known)
        {
            throw new ArgumentException(known == member
                ? $"Node {member.Id} is a member already."
                : $"Node {member.Id} is a member with another incarnation: replace it, if its data directory is lost for good.");
        }
        return Next(Voters, Learners.Add(member), Joining.Add(member.Id), Addresses.SetItem(member.Id, address));
    }

    /// <summary>The next configuration: without this node.</summary>
    /// <exception cref="ArgumentException">It is no member, or the last voter.</exception>
    public Configuration Remove(NodeId node)
    {
        Require(node);
        if (Voters is [{ Id: var last }] && last == node)
            throw new ArgumentException($"Node {node} is the last voter: a cluster without one remembers nothing.");
        return Next(Without(Voters, node), Without(Learners, node), Joining.Remove(node), Addresses.Remove(node));
    }

    /// <summary>The next configuration: with this learner as a voter.</summary>
    /// <exception cref="ArgumentException">It is no learner.</exception>
    public Configuration Promote(NodeId node)
    {
        var member = Require(node);
        if (IndexOfVoter(node) >= 0)
            throw new ArgumentException($"Node {node} votes already.");
        return Next(Voters.Add(member), Without(Learners, node), Joining.Remove(node), Addresses);
    }

    /// <summary>
    /// The next configuration: the node's old incarnation out, the new one in as a learner, and a voter when it has caught up. The
    /// old one must never run again; it would not be listened to.
    /// </summary>
    /// <exception cref="ArgumentException">It is no member, or the last voter, or this is its incarnation.</exception>
    public Configuration Replace(Member member, string address)
    {
        if (Require(member.Id) == member)
            throw new ArgumentException($"Node {member.Id} is a member with this very incarnation: there is nothing to replace.");
        var without = Remove(member.Id);
        return Next(
            without.Voters, without.Learners.Add(member), without.Joining.Add(member.Id), without.Addresses.SetItem(member.Id, address));
    }

    private Configuration Next(
        ImmutableArray<Member> voters,
        ImmutableArray<Member> learners,
        ImmutableSortedSet<NodeId> joining,
        ImmutableSortedDictionary<NodeId, string> addresses)
    {
        var next = new Configuration(Epoch + 1, voters, learners, NextRule(voters.Length));
        var hasSameVoters = next.Voters.SequenceEqual(Voters) && next.Rule == Rule;
        return new Configuration(next)
        {
            VoterEpoch = hasSameVoters ? VoterEpoch : VoterEpoch + 1,
            Joining = joining,
            Addresses = addresses,
        };
    }

    // A majority stays a majority; quorums that were chosen by hand are kept where they still fit.
    private QuorumRule? NextRule(int voters) =>
        Rule == QuorumRule.Majority(Voters.Length) || !Rule.Fits(voters) ? null : Rule;

    private Member Require(NodeId node) =>
        Find(node) ?? throw new ArgumentException($"Node {node} is not a member: there are {string.Join(", ", Everyone)}.");

    private static ImmutableArray<Member> Without(ImmutableArray<Member> members, NodeId node) =>
        members.RemoveAll(member => member.Id == node);

    /// <summary>True where a node, itself counted, hears voters enough for either phase.</summary>
    public bool IsQuorumHeard(NodeId who, Predicate<NodeId> hears)
    {
        var count = 0;
        foreach (var voter in Voters.AsSpan())
        {
            if (voter.Id == who || hears(voter.Id))
                count++;
        }
        return count >= Math.Max(Rule.Phase1, Rule.Phase2);
    }

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
        writer.Number((ulong)Joining.Count);
        foreach (var node in Joining)
            writer.Node(node);
        writer.Number((ulong)Addresses.Count);
        foreach (var (node, address) in Addresses)
        {
            writer.Node(node);
            writer.Text(address);
        }
        writer.Number(VoterEpoch);
        return new Value(writer.Written.ToArray());
    }

    /// <exception cref="FormatException">The bytes make no configuration.</exception>
    public static Configuration Decode(Value value)
    {
        try
        {
            return Read(value);
        }
        catch (ArgumentException e)
        {
            throw new FormatException($"these {value.Bytes.Length} bytes are no configuration: {e.Message}", e);
        }
    }

    private static Configuration Read(Value value)
    {
        var reader = new CanonicalReader(value.Bytes.Span);
        var configuration = new Configuration(
            (uint)reader.Number(),
            ReadMembers(ref reader),
            ReadMembers(ref reader),
            new QuorumRule((int)reader.Number(), (int)reader.Number()));
        var joining = ImmutableSortedSet.CreateBuilder<NodeId>();
        for (var count = reader.Number(); count > 0; count--)
            joining.Add(reader.Node());
        var addresses = ImmutableSortedDictionary.CreateBuilder<NodeId, string>();
        for (var count = reader.Number(); count > 0; count--)
            addresses.Add(reader.Node(), reader.Text());
        return new Configuration(configuration)
        {
            Joining = joining.ToImmutable(),
            Addresses = addresses.ToImmutable(),
            VoterEpoch = (uint)reader.Number(),
        };
    }

    private Configuration(Configuration other)
        : this(other.Epoch, other.Voters, other.Learners, other.Rule)
    {
        VoterEpoch = other.VoterEpoch;
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
        var members = new Member[reader.Count(leastBytes: 17)];
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
        && VoterEpoch == other.VoterEpoch
        && Rule == other.Rule
        && Voters.SequenceEqual(other.Voters)
        && Learners.SequenceEqual(other.Learners)
        && Joining.SequenceEqual(other.Joining)
        && Addresses.SequenceEqual(other.Addresses);

    public override bool Equals(object? obj) => Equals(obj as Configuration);

    public override int GetHashCode() => HashCode.Combine(Epoch, Rule, Voters[0], Voters.Length, Learners.Length);
}
