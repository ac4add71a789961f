using Paxos.Protocol;

namespace Paxos.TestKit.Scenarios;

/// <summary>Plays a scenario of one decision.</summary>
internal sealed class DecreeRunner : ScenarioRunner
{
    private readonly Scene scene;

    public DecreeRunner(Scenario scenario)
        : this(scenario, new Scene(scenario))
    {
    }

    private DecreeRunner(Scenario scenario, Scene scene)
        : base(scenario, scene.Network) => this.scene = scene;

    protected override Breach? Broken => scene.Invariants.Broken;

    protected override IEnumerable<RoleHost> At(NodeId node, Role? role) => scene.At(node, role);

    protected override IEnumerable<Turn> Play(Command command) => command switch
    {
        Command.Decide c => [Decide(c)],
        Command.Read c => [Read(c)],
        Command.Learn c => [Learn(c)],
        Command.Change c => Change(c),
        _ => base.Play(command),
    };

    private Turn Decide(Command.Decide command)
    {
        var proposer = IdleProposer(command.Node);
        return new Turn(new Cause.Began(proposer.Place, $"proposes {command.Value}"), proposer.Propose(command.Value));
    }

    private Turn Read(Command.Read command)
    {
        var proposer = IdleProposer(command.Node);
        return new Turn(new Cause.Began(proposer.Place, "reads"), proposer.Read());
    }

    private Turn Learn(Command.Learn command)
    {
        var learner = (LearnerHost)Up(new Place(command.Node, Role.Learner));
        return new Turn(new Cause.Began(learner.Place, "asks"), learner.Ask());
    }

    private List<Turn> Change(Command.Change command)
    {
        var what = $"voters {string.Join(' ', command.Next.Voters.Select(voter => voter.Id))}";
        var turns = new List<Turn>();
        foreach (var host in scene.At(command.Node, null).Where(host => host.IsUp))
        {
            if (host.Move(command.Next) is { Count: > 0 } outcomes)
                turns.Add(new Turn(new Cause.Began(host.Place, what), outcomes));
        }
        return turns.Count > 0 ? turns : throw Problem($"{command.Node} has nothing to do because of it");
    }

    protected override IEnumerable<Turn> Deliver(Selector selector)
    {
        foreach (var (packet, receivers) in Taken(selector))
        {
            var listening = receivers.Select(role => scene.Find(new Place(packet.To, role))!).Where(role => role.IsListening).ToList();
            if (listening.Count == 0)
            {
                var deaf = string.Join(", ", receivers).ToLowerInvariant();
                throw Problem($"nobody at {packet.To} takes {packet.Message}: {deaf} down or idle. Drop it");
            }
            var taken = listening.Select(role => (role.Place, Took: role.Receive(packet.From, packet.Message))).ToList();
            // Of several roles, those that it does not concern need no mention.
            var concerned = taken.FindAll(receiver => receiver.Took.Changed || receiver.Took.Outcomes.Count > 0);
            foreach (var (place, (changed, outcomes)) in concerned.Count > 0 ? concerned : taken[..1])
                yield return new Turn(new Cause.Received(place, packet, changed, Alone: concerned.Count <= 1), outcomes);
        }
    }

    protected override IEnumerable<Turn> Restart(Command.Restart command) =>
        Down(command).Select(role => new Turn(role.Start(), []));

    private ProposerHost IdleProposer(NodeId node)
    {
        var proposer = (ProposerHost)Up(new Place(node, Role.Proposer));
        return proposer.IsBusy ? throw Problem($"the proposer at {node} is busy; it serves one call at a time") : proposer;
    }

    protected override ScenarioException NoSuchRole(NodeId node, Role role) => Problem(
        $"the scenario gives {node} no {role.ToString().ToLowerInvariant()}: decide and read make a proposer, learn makes a learner");

    protected override string Describe(NodeId node)
    {
        var roles = scene.At(node, null).ToList();
        var known = roles.Exists(role => role.IsUp)
            ? roles.Select(Describe).OfType<string>().DefaultIfEmpty("knows nothing")
            : ["down"];
        return string.Join("; ", known);
    }

    private static string? Describe(DecreeHost role)
    {
        var name = role.Place.Role.ToString().ToLowerInvariant();
        return role.IsUp ? role.Knows is { } knows ? $"{name} {knows}" : null : $"{name} down";
    }
}
