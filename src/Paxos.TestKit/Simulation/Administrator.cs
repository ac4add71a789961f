using Paxos.Protocol;
using Paxos.Protocol.Log;

namespace Paxos.TestKit.Simulation;

/// <summary>
/// Changes who is a member while everything else goes wrong: adds, removes, promotes, replaces a node whose disk is lost. It
/// never brings about what no protocol survives: in each configuration that may come into force a quorum has its disks.
/// </summary>
internal sealed class Administrator(LogSimulation world)
{
    private const int MaxVoters = 5;
    private const int MaxNodes = 9;
    private readonly Random random = world.Random;

    // Asked for, and neither refused nor overtaken: each may be chosen yet.
    private readonly Dictionary<ulong, Configuration> asked = [];
    private Configuration seen = world.Configuration;
    private int added;
    private ulong incarnations;

    private Configuration Current => world.Invariants.Newest;

    /// <summary>A member whose disk is lost, and that was not replaced yet.</summary>
    private Member? Lost => Members(Current).Where(member => IsLost(member)).Select(member => (Member?)member).FirstOrDefault();

    /// <summary>Members of the newest configuration that run, or could.</summary>
    public IEnumerable<SimulatedNode> Living => world.Nodes.Where(node => !node.IsLost && Current.Names(node.Self));

    public bool IsDone => Lost is null && Current.Joining.IsEmpty;

    public void Change()
    {
        if (Lost is { } lost)
        {
            Ask(Current.Replace(Waiting(lost.Id).Self, ""));
            return;
        }
        var everyone = Members(Current);
        switch (random.Next(6))
        {
            case 0 or 1 when everyone.Count < MaxVoters && (Spare is not null || world.Nodes.Count < MaxNodes):
                Ask(Current.Add((Spare ?? Waiting(new NodeId($"n{++added}"))).Self, ""));
                break;
            case 2 when Current.Voters.Length > 1:
                Ask(Current.Remove(everyone[random.Next(everyone.Count)].Id));
                break;
            case 3 when Current.Voters.Length > 1 && Current.IndexOfVoter(Leader?.Id ?? default) >= 0:
                Ask(Current.Remove(Leader!.Id));
                break;
            case 4 when !Current.Learners.IsEmpty:
                Ask(Current.Promote(Current.Learners[random.Next(Current.Learners.Length)].Id));
                break;
            default:
                Lose(everyone[random.Next(everyone.Count)]);
                break;
        }
    }

    /// <summary>In the calm: what is half done is finished.</summary>
    public void Finish()
    {
        if (Lost is { } lost)
            Ask(Current.Replace(Waiting(lost.Id).Self, ""));
    }

    public bool Takes(Refused refused)
    {
        if (!asked.Remove(refused.Id))
            return false;
        world.Marks.Hit($"reconfiguration refused: {refused.Why}");
        return true;
    }

    /// <summary>A node has come to this configuration in its log.</summary>
    public void Seen(Configuration next, ulong slot)
    {
        if (next.Epoch <= seen.Epoch)
            return;
        world.Trace($"in force: {next}");
        world.Marks.Hit(LogMarks.Reconfigured);
        world.Marks.Hit(next.Voters.Any(voter => seen.Learners.Contains(voter)), LogMarks.Promoted);
        world.Marks.Hit(Members(next).Any(member => seen.Find(member.Id) is { } known && known != member), LogMarks.Replaced);
        world.Marks.Hit(world.Invariants.ChosenAt(slot) is { } at && next.IndexOfVoter(at.Ballot.Node) < 0, LogMarks.RemovedItself);
        seen = next;
    }

    /// <summary>
    /// A node comes back with an old copy of its disk, where it must be found out: all others run, and have heard of more. What they
    /// have heard is in their memory only.
    /// </summary>
    public void PutBack(SimulatedNode node, DiskCopy copy)
    {
        if (!MayLose(node.Self) || world.Nodes.Exists(other => other != node && !other.IsGone && other.Membership.HeardOf(node.Self) <= copy.Written))
            return;
        world.Trace($"fault: an old copy of the disk of {node.Id} is put back: {copy.Written} events of {node.Disk.Written}");
        world.Marks.Hit(LogMarks.OldCopy);
        node.StartFrom(copy);
    }

    /// <summary>This node has forgotten what it had heard of others: an old copy that was not found out yet might not be.</summary>
    public void Forgotten(SimulatedNode node)
    {
        foreach (var copy in world.Nodes.Where(each => each != node && each.IsOldCopy && !each.IsGone).ToList())
            copy.Retire();
    }

    // It was asked to be added before, and nothing came of that.
    private SimulatedNode? Spare => world.Nodes.Find(node => !node.IsGone && Current.Find(node.Id) is null && node.Membership.First is null);

    private SimulatedNode? Leader => world.Nodes.Find(node => node.Leads);

    private void Ask(Configuration next)
    {
        foreach (var overtaken in asked.Where(each => each.Value.Epoch <= Current.Epoch).ToList())
            asked.Remove(overtaken.Key);
        // In the calm nothing more is lost.
        if (Leader is not { } leader || (!world.IsCalm && !Survives(next, without: null)))
            return;
        var from = Living.Where(node => node.IsUp && !node.IsPaused).ToList();
        if (from.Count == 0)
            return;
        var id = world.NextId();
        asked.Add(id, next);
        world.Invariants.Submitted(next);
        world.Trace($"asked for: {next}");
        world.Send(from[random.Next(from.Count)], leader.Id, new Reconfigure(id, next));
    }

    /// <summary>No protocol needs more than a quorum of disks, and this one is not among the last that hold something.</summary>
    public bool MayLose(Member member)
    {
        if (world.Find(member.Id) is not { } node || node.Self != member || node.IsLost || Members(Current).Any(IsLost) || world.Nodes.Exists(each => each.HasDamage))
            return false;
        // Nobody must need it to learn that the configuration before is over.
        if (Living.Any(each => (each.Replica?.InForce?.Configuration ?? world.Configuration).Epoch != Current.Epoch))
            return false;
        // What was decided before is not elsewhere yet.
        if (Living.Any(each => each.Decisions?.HasMoved(Current) != true))
            return false;
        var next = asked.Values.Where(each => each.Epoch > Current.Epoch).Append(Current);
        return next.SelectMany(each => (IEnumerable<Configuration>)[each, .. each.Joining.Select(each.Promote)]).All(each => Survives(each, member));
    }

    private void Lose(Member member)
    {
        if (!MayLose(member))
            return;
        var node = world.Find(member.Id)!;
        world.Trace($"fault: the disk of {member.Id} is lost");
        world.Marks.Hit(LogMarks.DiskLost);
        node.Retire();
        Waiting(member.Id);
    }

    private bool Survives(Configuration configuration, Member? without) =>
        configuration.Voters.Count(voter => voter != without && IsWhole(voter)) >= Needed(configuration);

    // So many meet every quorum of either phase, and are one: they can hand on what was decided.
    private static int Needed(Configuration configuration)
    {
        var (phase1, phase2) = configuration.Rule;
        return Math.Max(Math.Max(phase1, phase2), configuration.Voters.Length - Math.Min(phase1, phase2) + 1);
    }

    private bool IsWhole(Member member) => world.Nodes.Exists(node => node.Self == member && !node.IsLost && !node.HasDamage);

    private bool IsLost(Member member) => !world.Nodes.Exists(node => node.Self == member && !node.IsLost);

    private SimulatedNode Waiting(NodeId id)
    {
        if (world.Find(id) is { IsLost: false } waiting)
            return waiting;
        world.Find(id)?.Retire();
        var node = new SimulatedNode(new Member(id, new Incarnation(++incarnations)), Current, joins: true, random.Next(2) == 0, world);
        Forgotten(node);
        world.Nodes.Add(node);
        node.Start();
        return node;
    }

    private static List<Member> Members(Configuration configuration) => [.. configuration.Voters, .. configuration.Learners];
}
