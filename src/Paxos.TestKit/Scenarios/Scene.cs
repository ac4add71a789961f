using Paxos.Protocol;

namespace Paxos.TestKit.Scenarios;

/// <summary>The roles of a scenario, the messages between them, and who watches.</summary>
internal sealed class Scene : IStage
{
    private readonly Dictionary<Place, DecreeHost> roles = [];

    /// <summary>A node has an acceptor where it votes, and the other roles where the scenario uses them.</summary>
    public Scene(Scenario scenario)
    {
        Configuration = scenario.Configuration;
        Invariants = new Invariants(Configuration);
        var commands = scenario.Steps.Select(step => step.Command).ToList();
        Changes = [.. commands.OfType<Command.Change>().Select(change => change.Next).Distinct()];
        foreach (var next in Changes)
            Invariants.Follow(next);
        foreach (var node in Configuration.Everyone)
        {
            var votes = Configuration.IndexOfVoter(node) >= 0;
            if (votes || Changes.Exists(change => change.IndexOfVoter(node) >= 0))
                Add(new AcceptorHost(new Place(node, Role.Acceptor), this));
            if (commands.Exists(command => command is Command.Decide d && d.Node == node || command is Command.Read r && r.Node == node))
                Add(new ProposerHost(new Place(node, Role.Proposer), this));
            if (!votes || commands.Exists(command => command is Command.Learn l && l.Node == node))
                Add(new LearnerHost(new Place(node, Role.Learner), this, sleeps: votes));
        }
    }

    public Configuration Configuration { get; }

    /// <summary>The configurations that come later, each with other voters.</summary>
    public List<Configuration> Changes { get; }

    public Invariants Invariants { get; }

    public Network Network { get; } = new();

    public DecreeHost? Find(Place place) => roles.GetValueOrDefault(place);

    /// <param name="role">Null: every role of the node.</param>
    public IEnumerable<DecreeHost> At(NodeId node, Role? role) =>
        roles.Values.Where(host => host.Place.Node == node && (role is null || host.Place.Role == role));

    public Outcome Send(RoleHost from, NodeId to, Message message)
    {
        Invariants.Sent(from.Place.Node, message);
        var takers = MessageKinds.TakenBy(message).ToArray();
        Network.Send(
            new Packet(from.Place.Node, to, message),
            At(to, null).Select(host => host.Place.Role).Where(takers.Contains));
        return new Outcome.Sends(to, message);
    }

    public void Durable(Place place, Event @event) => Invariants.Durable(place.Node, @event);

    private void Add(DecreeHost host)
    {
        host.Start();
        roles.Add(host.Place, host);
    }
}
