using Paxos.Protocol;
using Paxos.Protocol.Log;
using Timer = Paxos.Protocol.Timer;

namespace Paxos.TestKit.Scenarios;

/// <summary>Plays a scenario of the replicated log.</summary>
internal sealed class LogRunner : ScenarioRunner
{
    // More than this is no scenario that anybody reads; the roles talk without end.
    private const int MaxDeliveries = 10_000;

    private readonly LogScene scene;
    private readonly LogExpectations expectations;
    private ulong asked;

    public LogRunner(Scenario scenario, LogSetup setup)
        : this(scenario, new LogScene(scenario, setup))
    {
    }

    private LogRunner(Scenario scenario, LogScene scene)
        : base(scenario, scene.Network) => (this.scene, expectations) = (scene, new LogExpectations(scene));

    protected override Breach? Broken => scene.Invariants.Broken;

    protected override IEnumerable<RoleHost> At(NodeId node, Role? role) =>
        scene[node].Roles.Where(host => role is null || host.Place.Role == role);

    protected override IEnumerable<Turn> Play(Command command) => command switch
    {
        LogCommand.Stand c => [Stand(c.Node)],
        LogCommand.Submit c => [Call(c.Node, c.Text, client => client.Submit(c.Text))],
        LogCommand.ReadKey c => [Call(c.Node, $"reads {c.Key}", client => client.Read(c.Key))],
        LogCommand.Again c => [Again(UpNode(c.Node))],
        LogCommand.Tick c => [Tick(c.Node)],
        LogCommand.Run => RunOut(),
        LogCommand.Cut c => [Cut(c)],
        LogCommand.Heal => [Heal()],
        LogCommand.Hear => Hear(),
        LogCommand.Transfer c => [Say(c.Node, $"is to make way for {c.To}", new Transfer(++asked, c.To))],
        LogCommand.Members c => [Change(c)],
        LogCommand c => [Expect(c)],
        _ => base.Play(command),
    };

    private Turn Stand(NodeId node)
    {
        var outcomes = scene[node].Fire(Up(new Place(node, Role.Proposer)), Timer.Stand)
            ?? throw Problem($"{node} does not wait to stand");
        return new Turn(new Cause.Began(new Place(node, Role.Proposer), "stands"), outcomes);
    }

    private Turn Tick(NodeId node)
    {
        var outcomes = scene[node].Fire(Up(new Place(node, Role.Proposer)), Timer.Tick)
            ?? throw Problem($"{node} does not lead, or nothing is ever due");
        return new Turn(new Cause.Began(new Place(node, Role.Proposer), "sees that something is due"), outcomes);
    }

    private Turn Call(NodeId node, string what, Action<ScenarioClient> call) =>
        new(new Cause.Began(new Place(node, Role.Proposer), what), UpNode(node).Call(call));

    private Turn Again(NodeHost node)
    {
        var outcomes = node.FireClient() ?? throw Problem($"nobody waits at the client of {node.Id}");
        return outcomes.Count > 0
            ? new Turn(new Cause.Began(new Place(node.Id, Role.Proposer), "asks again"), outcomes)
            : throw Problem($"the client of {node.Id} has nothing to send, or nobody to send it to");
    }

    private Turn Say(NodeId node, string what, Message message)
    {
        var proposer = Up(new Place(node, Role.Proposer));
        return new Turn(new Cause.Began(proposer.Place, what), scene[node].Say(message));
    }

    private Turn Change(LogCommand.Members command)
    {
        var now = UpNode(command.Node).Configuration;
        Configuration next;
        try
        {
            next = command.Action switch
            {
                "add" => now.Add(new Member(command.Member, default), $"{command.Member}:1"),
                "promote" => now.Promote(command.Member),
                _ => now.Remove(command.Member),
            };
        }
        catch (ArgumentException e)
        {
            throw Problem(e.Message);
        }
        scene.Invariants.Submitted(next);
        // The leader promotes whom was added without being asked.
        if (command.Action == "add")
            scene.Invariants.Submitted(next.Promote(command.Member));
        return Say(command.Node, $"is to {command.Action} {command.Member}", new Reconfigure(++asked, next));
    }

    protected override IEnumerable<Turn> Deliver(Selector selector)
    {
        foreach (var (packet, _) in Taken(selector))
            yield return Deliver(packet) ?? throw Problem($"nobody at {packet.To} takes {packet.Message}: it is down. Drop it");
    }

    private Turn? Deliver(Packet packet)
    {
        var node = scene[packet.To];
        if (node.Take(packet) is not var (changed, outcomes))
            return null;
        return new Turn(new Cause.Received(new Place(node.Id, node.TakerOf(packet.From, packet.Message) ?? Role.Proposer), packet, changed, Alone: true), outcomes);
    }

    // What is on its way over a link that is cut waits there, for it may come late; what comes to a node that is down is lost.
    private IEnumerable<Turn> RunOut()
    {
        var came = scene.Nodes.ToDictionary(node => node.Id, _ => new List<Outcome>());
        var arrived = 0;
        while (scene.Network.TakeFirst(packet => !scene.IsCut(packet.From, packet.To)) is { } packet)
        {
            if (++arrived > MaxDeliveries)
                throw Problem("the nodes talk without end");
            if (Deliver(packet) is { } turn)
                came[packet.To].AddRange(turn.Outcomes.Where(IsWorthTelling));
            if (Broken is not null)
                break;
        }
        if (arrived == 0)
            throw Problem("nothing is in flight that could arrive");
        return came.Where(each => each.Value.Count > 0).Select(each => new Turn(new Cause.Ran(each.Key), Last(each.Value)));
    }

    private static bool IsWorthTelling(Outcome outcome) => outcome is not (Outcome.Sends or Outcome.Persists or Outcome.HoldsBack);

    // Of whom a node followed only the last counts, and whether it waits in the end.
    private static List<Outcome> Last(List<Outcome> outcomes)
    {
        var follows = outcomes.FindLastIndex(outcome => outcome is Outcome.Follows);
        return [.. outcomes.Where((outcome, i) => outcome is Outcome.Follows ? i == follows : outcome is not Outcome.WaitsToStand)];
    }

    private Turn Cut(LogCommand.Cut command)
    {
        var cut = command.Others.Where(other => scene.Cut(command.Node, other)).ToList();
        return cut.Count > 0
            ? Noted($"no way any more between {command.Node} and {string.Join(", ", cut)}")
            : throw Problem("that is cut already");
    }

    private Turn Heal() => scene.Heal()
        ? Noted("every way is open again")
        : throw Problem("nothing is cut");

    private List<Turn> Hear()
    {
        var turns = scene.Hear()
            .Select(heard => new Turn(new Cause.Heard(heard.Node.Id, [.. heard.Node.Hearing!.View.Heard.Keys]), heard.Outcomes))
            .ToList();
        return turns.Count > 0 ? turns : throw Problem("everybody hears whom it heard before");
    }

    private static Turn Noted(string text) => new(new Cause.Noted(text, $"({char.ToUpperInvariant(text[0])}{text[1..]}.)"), []);

    private Turn Expect(LogCommand command) => expectations.Refute(command) is { } instead
        ? throw NotSo(instead)
        : new Turn(new Cause.Noted("it is so", $"✓ {Step.Text["expect ".Length..]}"), []);

    protected override IReadOnlyList<Outcome> Settle(Place place, IReadOnlyList<Outcome> outcomes) => scene[place.Node].Settle(outcomes);

    protected override IReadOnlyList<Cause.Crashed> Crash(Command.Crash command)
    {
        var crashed = base.Crash(command);
        if (!crashed[0].WholeNode)
            return crashed;
        scene[command.Node].Stop();
        // One line for all, where there is no more to say.
        var telling = crashed.Where(cause => cause.Kept.Count + cause.Forgotten.Count + cause.Unsaid.Count > 0).ToList();
        return telling.Count > 1 ? telling : [(telling.Count == 1 ? telling[0] : crashed[0]) with { Together = true }];
    }

    protected override IEnumerable<Turn> Restart(Command.Restart command)
    {
        if (command.Role is not null)
            UpNode(command.Node);
        return scene[command.Node].Start(Down(command))
            .Where(back => back.Cause.Recovered.Count > 0 || back.Outcomes.Count > 0 || command.Role is not null)
            .Select(back => new Turn(back.Cause, back.Outcomes));
    }

    private NodeHost UpNode(NodeId node) =>
        scene[node].IsUp ? scene[node] : throw Problem($"{node} is down. Restart it first: restart {node}");

    protected override ScenarioException NoSuchRole(NodeId node, Role role) =>
        Problem($"{node} has no {role.ToString().ToLowerInvariant()}: it only learns");

    protected override string Describe(NodeId id)
    {
        var node = scene[id];
        if (!node.IsUp)
            return "down";
        var facts = new List<string>();
        if (node.Leads)
            facts.Add($"leads at {node.Ballot}");
        facts.Add($"applied {node.Applied}");
        if (node.Trimmed > 0)
            facts.Add($"trimmed {node.Trimmed}");
        facts.AddRange(node.Registers.Select(row => $"{row.Key}={row.Value} (version {row.Version})"));
        facts.AddRange(node.Roles.Where(role => !role.IsUp).Select(role => $"{role.Place.Role.ToString().ToLowerInvariant()} down"));
        return string.Join("; ", facts);
    }
}
