using Paxos.Protocol;
using Paxos.Protocol.SingleDecree;

namespace Paxos.TestKit.Simulation.Decisions;

/// <summary>What a node does for decisions: it votes, proposes and reads, in the configuration that its log has come to.</summary>
internal sealed class SimulatedDecisions
{
    private readonly SimulatedNode node;
    private readonly LogSimulation world;

    // Members of earlier configurations: they may be needed until what they remember is elsewhere.
    private readonly Dictionary<NodeId, Member> former = [];

    // What the log has come through, as far as the process knows since it started.
    private readonly List<Configuration> comeThrough = [];
    private Configuration inForce;
    private Voting? voting;
    private Attempts? attempts;

    public SimulatedDecisions(SimulatedNode node, Configuration first, LogSimulation world)
    {
        this.node = node;
        this.world = world;
        inForce = first;
        Acceptors = new SimulatedRole(Role.Acceptor, node, world);
        Proposers = new SimulatedRole(Role.Proposer, node, world);
    }

    public SimulatedRole Acceptors { get; }

    public SimulatedRole Proposers { get; }

    /// <summary>The last epoch of the voters that this node was open in, as far as it has said so.</summary>
    public uint OpenEpoch { get; private set; }

    /// <summary>It votes in this epoch, or has not to.</summary>
    public bool HasMoved(Configuration configuration) =>
        !configuration.Voters.Contains(node.Self) || voting?.VotingEpoch == configuration.VoterEpoch;

    /// <summary>Null: a read.</summary>
    public void Ask(string name, Value? value, Action<Answer> ended)
    {
        if (attempts is null)
            ended(new Answer.Failed());
        else
            attempts.Begin(name, value, ended);
    }

    public bool Owns(SimulatedRole role) => role == Acceptors || role == Proposers;

    public void Start(SimulatedRole role)
    {
        var first = node.Membership.First!;
        if (role == Acceptors)
        {
            voting = new Voting(role, first, Remember, world);
            role.Start(voting, voting.Start);
            comeThrough.ForEach(voting.Move);
        }
        else
        {
            attempts = new Attempts(role, inForce, world);
            role.Start(attempts, _ => { });
        }
    }

    public void Crashed(SimulatedRole role)
    {
        if (role == Acceptors)
            voting = null;
        if (role != Proposers)
            return;
        attempts?.Drop();
        attempts = null;
    }

    /// <summary>The process starts: it knows what it began with, until its log says more.</summary>
    public void Begin()
    {
        inForce = node.Membership.First!;
        former.Clear();
        comeThrough.Clear();
    }

    /// <summary>The log has put these configurations in force, one after the other.</summary>
    public void Move(IEnumerable<Configuration> through)
    {
        foreach (var next in through)
        {
            if (next.Epoch > inForce.Epoch)
                Move(next);
        }
    }

    private void Move(Configuration next)
    {
        Remember(inForce);
        inForce = next;
        comeThrough.Add(next);
        voting?.Move(next);
        attempts?.Move(next);
    }

    public void Told(Effect.Told told)
    {
        if (told is EpochIsOpen open)
            OpenEpoch = Math.Max(OpenEpoch, open.Epoch);
        voting?.Told(told);
    }

    public Member? Find(NodeId id) => inForce.Find(id) ?? (former.TryGetValue(id, out var member) ? member : null);

    /// <summary>What it says is of use; who was a member may be asked for what it remembers.</summary>
    public bool Listens(Member sender, Message message, bool isAdmitted)
    {
        var knew = inForce.Find(sender.Id) is null && former.TryGetValue(sender.Id, out var member) && member == sender;
        return isAdmitted ? inForce.Names(sender) || knew : message is EpochMessage && knew;
    }

    public void On(NodeId from, Message message)
    {
        // Who voted before may have to be asked, and be no member any more.
        if (message is Copies { Opened: { } opened })
            Remember(opened);
        // Who waits is answered, and who votes remembers.
        if (message is OfInstance { Message: Chosen })
            Proposers.Take(from, message);
        TakerOf(message).Take(from, message);
    }

    public SimulatedRole TakerOf(Message message) => message is OfInstance { Message: Promise or Accepted or Nack or Report } ? Proposers : Acceptors;

    private void Remember(Configuration earlier)
    {
        foreach (var member in earlier.Voters.Concat(earlier.Learners))
            former[member.Id] = member;
    }
}
