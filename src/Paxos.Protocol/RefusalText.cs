namespace Paxos.Protocol;

/// <summary>Why a node takes no part, and what can be done, in words for the person who runs it.</summary>
internal sealed class RefusalText(Identity self)
{
    private const string IfItIsLost =
        "If that is lost, the others go on while they are a quorum: start a new node of this name with an empty data directory and "
        + "--join, and put it in the old one's place with 'paxos members replace'.";

    private const string IfNobodyWasReady =
        "Only if no node of this cluster was ever ready is nothing lost: then stop all nodes, delete all their data "
        + "directories and start them again with --bootstrap.";

    public string JournalLost() =>
        $"The data directory says that this node ({Name(self.Member)}) had begun, but its journal does not hold the beginning: the journal "
        + "was deleted, emptied or exchanged. What this node promised was in it. It takes no part. "
        + $"Start it with the journal that belongs to this directory. {IfItIsLost}";

    public string JournalOfAnother(Identity other) =>
        $"The journal is that of node {Name(other.Member)} of cluster '{other.Cluster}', but the data directory is that of node "
        + $"{Name(self.Member)} of cluster '{self.Cluster}'. This node takes no part. "
        + $"Start it with the journal that belongs to this directory. {IfItIsLost}";

    public string GenesisForgotten(Member from) =>
        $"Node {Name(from)} knows that this node ({Name(self.Member)}) was there when the cluster was formed, but its journal does not "
        + "hold that: the data directory is an older copy, or its journal was exchanged. What this node promised since is not in it. "
        + $"It takes no part. Start it with its newest data directory. {IfItIsLost}";

    public string RestoredCopy(ulong heard, ulong journal, Member from) =>
        $"Node {from.Id} heard that the journal of this node ({Name(self.Member)}) had {heard} events, but it has {journal}: the data "
        + "directory is an older copy, or another copy of it is in use elsewhere. What this node promised since is not in it. "
        + $"It takes no part. Start it with its newest data directory, and in one place only. {IfItIsLost}";

    public string OtherIncarnation(Member known, Member from) =>
        $"Node {from.Id} knows this node ({self.Node}) by the incarnation {known.Incarnation}, but its data directory is of the "
        + $"incarnation {self.Incarnation}: it is new, or not the one with which the cluster was formed. What this node promised is not "
        + $"in it. It takes no part. Start it with its old data directory. {IfItIsLost} {IfNobodyWasReady}";

    public string NoMember(Configuration theirs, Member from) =>
        $"Node {from.Id} formed cluster '{self.Cluster}' with the members {Describe(theirs)}: this node ({self.Node}) is none of them, and "
        + $"takes no part. To make it a member, start it with --join, and add it with 'paxos members add'. {IfNobodyWasReady}";

    public string Removed(Configuration current) =>
        $"This node ({Name(self.Member)}) was removed: the members are {Describe(current)} since configuration {current.Epoch}. It takes no "
        + "part any more, and its data directory is of no more use.";

    public string Replaced(Member known, Configuration current) =>
        $"This node ({Name(self.Member)}) was replaced by another of its name, incarnation {known.Incarnation}, in configuration "
        + $"{current.Epoch}. It takes no part any more, and its data directory is of no more use.";

    public string SettingsDiffer(Configuration settings, Configuration theirs, Member from) =>
        $"Node {from.Id} was started with the members {Describe(theirs)}, this node ({self.Node}) with {Describe(settings)}. No node "
        + "takes part before all agree, so nothing is decided. Name the same members on every node and start again; where the list of "
        + $"{from.Id} is the wrong one, delete the data directories of the nodes that have it first.";

    public string TwoGeneses(Configuration genesis, Configuration theirs, Member from) =>
        $"This node ({self.Node}) and node {from.Id} hold different beginnings of cluster '{self.Cluster}': here "
        + $"{Describe(genesis, named: true)}; there {Describe(theirs, named: true)}. Neither can ever be held by all, so with neither has "
        + "any node taken part: a data directory was deleted, or the settings differed, while the cluster formed. If these data "
        + "directories are new ones in place of old ones, put the old ones back. Else name the same members on every node, stop all "
        + "nodes, delete all their data directories and start them again with --bootstrap.";

    public static string Name(Member member) => $"{member.Id}, incarnation {member.Incarnation}";

    public static string Describe(Configuration configuration, bool named = false)
    {
        var voters = string.Join(", ", configuration.Voters.Select(Text));
        var learners = configuration.Learners.IsEmpty ? "" : $", learners {string.Join(", ", configuration.Learners.Select(Text))}";
        var (phase1, phase2) = configuration.Rule;
        return $"{voters}{learners} (quorums of {phase1} and {phase2})";

        string Text(Member member) => named ? $"{member.Id} {member.Incarnation}" : member.Id.ToString();
    }
}
