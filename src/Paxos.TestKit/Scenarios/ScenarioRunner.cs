using Paxos.Protocol;

namespace Paxos.TestKit.Scenarios;

/// <summary>
/// Plays a scenario on the real roles. A step that has no effect is an error: a fault that never fired must not look like
/// one that was survived.
/// </summary>
internal sealed class ScenarioRunner(Scenario scenario)
{
    private readonly Scene scene = new(scenario);
    private Step step = null!;

    public ScenarioRun Run()
    {
        var played = new List<PlayedStep>();
        foreach (var next in scenario.Steps)
        {
            step = next;
            played.Add(new PlayedStep(played.Count + 1, step, [.. Play(step.Command)]));
            if (scene.Invariants.Broken is not null)
                break;
        }
        return new ScenarioRun(scenario, played, [.. End()], scene.Invariants.Broken);
    }

    private IEnumerable<Turn> Play(Command command) => command switch
    {
        Command.Decide c => [Decide(c)],
        Command.Read c => [Read(c)],
        Command.Learn c => [Learn(c)],
        Command.Deliver c => Deliver(c.Selector),
        Command.Drop c => Drop(c.Selector),
        Command.Duplicate c => Duplicate(c.Selector),
        Command.Retry c => [Retry(c.Place)],
        Command.Slow c => Slow(c),
        Command.Sync c => Sync(c),
        Command.Crash c => Crash(c),
        Command.Restart c => Restart(c),
        _ => throw new InvalidOperationException($"A command that can't be played: {command}"),
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

    private IEnumerable<Turn> Deliver(Selector selector)
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

    private IEnumerable<Turn> Drop(Selector selector) =>
        Taken(selector).Select(taken => new Turn(new Cause.Lost(taken.Packet), []));

    private IEnumerable<Turn> Duplicate(Selector selector)
    {
        var copies = scene.Network.Duplicate(selector);
        if (copies.Count == 0)
            throw NotInFlight();
        return copies.Select(packet => new Turn(new Cause.Duplicated(packet), []));
    }

    private Turn Retry(Place place)
    {
        var outcomes = Up(place).Retry() ?? throw Problem($"the retry timer of {place} does not run");
        return new Turn(new Cause.Retried(place), outcomes);
    }

    private IEnumerable<Turn> Slow(Command.Slow command)
    {
        foreach (var role in Existing(command.Node, command.Role))
        {
            role.IsSlow = true;
            yield return new Turn(new Cause.Slowed(role.Place), []);
        }
    }

    private IEnumerable<Turn> Sync(Command.Sync command)
    {
        var writing = Existing(command.Node, command.Role).Where(role => role.Writing > 0).ToList();
        if (writing.Count == 0)
            throw Problem("no write is under way there. Only what is slow has pending writes: slow a.acceptor");
        return writing.Select(role => new Turn(new Cause.Synced(role.Place), role.Sync(command.Count ?? int.MaxValue)));
    }

    private IEnumerable<Turn> Crash(Command.Crash command)
    {
        var up = Existing(command.Node, command.Role).Where(role => role.IsUp).ToList();
        if (up.Count == 0)
            throw Problem("it is down already");
        var crashed = up.ConvertAll(role => role.Crash(command.Keep));
        var all = !scene.At(command.Node, null).Any(role => role.IsUp);
        return crashed.Select(cause => new Turn(cause with { WholeNode = all }, []));
    }

    private IEnumerable<Turn> Restart(Command.Restart command)
    {
        var down = Existing(command.Node, command.Role).Where(role => !role.IsUp).ToList();
        if (down.Count == 0)
            throw Problem("it is not down");
        return down.Select(role => new Turn(role.Start(), []));
    }

    private ProposerHost IdleProposer(NodeId node)
    {
        var proposer = (ProposerHost)Up(new Place(node, Role.Proposer));
        return proposer.IsBusy ? throw Problem($"the proposer at {node} is busy; it serves one call at a time") : proposer;
    }

    private RoleHost Up(Place place)
    {
        var role = scene.Find(place) ?? throw NoSuchRole(place.Node, place.Role);
        return role.IsUp ? role : throw Problem($"{place} is down. Restart it first: restart {place}");
    }

    private List<RoleHost> Existing(NodeId node, Role? role)
    {
        var roles = scene.At(node, role).ToList();
        return roles.Count > 0 ? roles : throw NoSuchRole(node, role);
    }

    private IReadOnlyList<(Packet Packet, IReadOnlyList<Role> Receivers)> Taken(Selector selector)
    {
        var taken = scene.Network.Take(selector);
        return taken.Count > 0 ? taken : throw NotInFlight();
    }

    private ScenarioException NoSuchRole(NodeId node, Role? role) => Problem(
        $"the scenario gives {node} no {role.ToString()!.ToLowerInvariant()}: decide and read make a proposer, learn makes a learner");

    private ScenarioException NotInFlight() => Problem("nothing in flight matches");

    private ScenarioException Problem(string problem)
    {
        var inFlight = scene.Network.InFlight.ToList();
        var list = inFlight.Count == 0 ? "nothing" : string.Join("; ", inFlight);
        return new ScenarioException(scenario.FileName, step.Line, $"'{step.Text}' has no effect: {problem}. In flight: {list}");
    }

    private IEnumerable<string> End()
    {
        foreach (var node in scene.Configuration.Everyone)
        {
            var roles = scene.At(node, null).ToList();
            var known = roles.Exists(role => role.IsUp)
                ? roles.Select(Describe).OfType<string>().DefaultIfEmpty("knows nothing")
                : ["down"];
            yield return $"{node}: {string.Join("; ", known)}";
        }
        var inFlight = scene.Network.InFlight.ToList();
        if (inFlight.Count > 0)
            yield return $"in flight: {string.Join("; ", inFlight)}";
    }

    private static string? Describe(RoleHost role)
    {
        var name = role.Place.Role.ToString().ToLowerInvariant();
        return role.IsUp ? role.Knows is { } knows ? $"{name} {knows}" : null : $"{name} down";
    }
}
