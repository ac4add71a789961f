using Paxos.Protocol;

namespace Paxos.TestKit.Scenarios;

/// <summary>
/// Plays a scenario on the real roles. A step that has no effect is an error: a fault that never fired must not look like
/// one that was survived.
/// </summary>
internal abstract class ScenarioRunner(Scenario scenario, Network network)
{

    /// <summary>The step that is being played.</summary>
    protected Step Step { get; private set; } = null!;

    public ScenarioRun Run()
    {
        var played = new List<PlayedStep>();
        foreach (var next in scenario.Steps)
        {
            Step = next;
            played.Add(new PlayedStep(played.Count + 1, next, [.. Play(next.Command)]));
            if (Broken is not null)
                break;
        }
        return new ScenarioRun(scenario, played, [.. End()], Broken);
    }

    protected abstract Breach? Broken { get; }

    /// <param name="role">Null: every role of the node.</param>
    protected abstract IEnumerable<RoleHost> At(NodeId node, Role? role);

    /// <summary>A line for the end of the course.</summary>
    protected abstract string Describe(NodeId node);

    protected abstract ScenarioException NoSuchRole(NodeId node, Role role);

    protected abstract IEnumerable<Turn> Deliver(Selector selector);

    protected abstract IEnumerable<Turn> Restart(Command.Restart command);

    /// <summary>What came of a write that is durable.</summary>
    protected virtual IReadOnlyList<Outcome> Settle(Place place, IReadOnlyList<Outcome> outcomes) => outcomes;

    protected virtual IEnumerable<Turn> Play(Command command) => command switch
    {
        Command.Deliver c => Deliver(c.Selector),
        Command.Drop c => Taken(c.Selector).Select(taken => new Turn(new Cause.Lost(taken.Packet), [])),
        Command.Duplicate c => Duplicate(c.Selector),
        Command.Retry c => [Retry(c.Place)],
        Command.Slow c => Slow(c),
        Command.Sync c => Sync(c),
        Command.Crash c => Crash(c).Select(crashed => new Turn(crashed, [])),
        Command.Restart c => Restart(c),
        _ => throw new InvalidOperationException($"A command that can't be played: {command}"),
    };

    private IEnumerable<Turn> Duplicate(Selector selector)
    {
        var copies = network.Duplicate(selector);
        if (copies.Count == 0)
            throw NotInFlight();
        return copies.Select(packet => new Turn(new Cause.Duplicated(packet), []));
    }

    private Turn Retry(Place place)
    {
        var outcomes = Up(place).Fire(Protocol.Timer.Retry) ?? throw Problem($"the retry timer of {place} does not run");
        return new Turn(new Cause.Retried(place), Settle(place, outcomes));
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
        return writing.Select(role => new Turn(new Cause.Synced(role.Place), Settle(role.Place, role.Sync(command.Count ?? int.MaxValue))));
    }

    protected virtual IReadOnlyList<Cause.Crashed> Crash(Command.Crash command)
    {
        var up = Existing(command.Node, command.Role).Where(role => role.IsUp).ToList();
        if (up.Count == 0)
            throw Problem("it is down already");
        var crashed = up.ConvertAll(role => role.Crash(command.Keep));
        var all = !At(command.Node, null).Any(role => role.IsUp);
        return crashed.ConvertAll(cause => cause with { WholeNode = all });
    }

    protected List<RoleHost> Down(Command.Restart command)
    {
        var down = Existing(command.Node, command.Role).Where(role => !role.IsUp).ToList();
        return down.Count > 0 ? down : throw Problem("it is not down");
    }

    protected RoleHost Up(Place place)
    {
        var role = At(place.Node, place.Role).FirstOrDefault() ?? throw NoSuchRole(place.Node, place.Role);
        return role.IsUp ? role : throw Problem($"{place} is down. Restart it first: restart {place}");
    }

    private List<RoleHost> Existing(NodeId node, Role? role)
    {
        var roles = At(node, role).ToList();
        return roles.Count > 0 ? roles : throw NoSuchRole(node, role!.Value);
    }

    protected IReadOnlyList<(Packet Packet, IReadOnlyList<Role> Receivers)> Taken(Selector selector)
    {
        var taken = network.Take(selector);
        return taken.Count > 0 ? taken : throw NotInFlight();
    }

    protected ScenarioException NotInFlight() => Problem("nothing in flight matches");

    protected ScenarioException Problem(string problem) => new(
        scenario.FileName, Step.Line, $"'{Step.Text}' has no effect: {problem}. In flight: {InFlight("nothing")}");

    /// <summary>What a step expects is not so.</summary>
    protected ExpectationException NotSo(string instead) => new(scenario.FileName, Step.Line, $"'{Step.Text}' is not so: {instead}");

    private IEnumerable<string> End()
    {
        foreach (var node in scenario.Nodes)
            yield return $"{node}: {Describe(node)}";
        if (network.InFlight.Any())
            yield return $"in flight: {InFlight("")}";
    }

    private string InFlight(string nothing) => string.Join("; ", network.InFlight.Select(packet => packet.ToString()).DefaultIfEmpty(nothing));
}
