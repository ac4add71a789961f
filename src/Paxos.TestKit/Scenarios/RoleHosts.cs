using Paxos.Protocol;
using Paxos.Protocol.SingleDecree;
using Timer = Paxos.Protocol.Timer;

namespace Paxos.TestKit.Scenarios;

/// <summary>A role of single-decree Paxos.</summary>
internal abstract class DecreeHost(Place place, Scene scene) : RoleHost(place, scene)
{
    protected Scene Scene { get; } = scene;

    /// <summary>What it knows or does, in a few words for the end of the course; null where that is nothing.</summary>
    public abstract string? Knows { get; }

    protected abstract void OnRetry(Effects yields);

    /// <summary>The voters change.</summary>
    public virtual IReadOnlyList<Outcome> Move(Configuration next) => [];

    protected override void OnTimer(Timer timer, Effects yields) => OnRetry(yields);

    protected override void OnTold(Effect.Told told)
    {
        switch (told)
        {
            case Effect.Chosen { Value: var value }:
                Record(new Outcome.TellsChosen(value));
                Told(value);
                Scene.Invariants.ToldChosen(Place.Node, value);
                break;
            case Effect.Undecided:
                Record(new Outcome.TellsUndecided());
                Told(null);
                Scene.Invariants.ToldUndecided(Place.Node);
                break;
        }
    }

    /// <summary>A caller was answered; null: undecided.</summary>
    protected virtual void Told(Value? value) { }
}

internal sealed class AcceptorHost(Place place, Scene scene) : DecreeHost(place, scene)
{
    private Acceptor acceptor = new();
    private NodeEpochs? epochs;

    public override string? Knows
    {
        get
        {
            var reader = new CanonicalReader(State());
            var promised = reader.Ballot();
            var ballot = reader.Ballot();
            var value = reader.Value();
            if (reader.Value() is { } chosen)
                return $"knows {chosen}";
            var accepted = value is { } present ? $"accepted {new Proposal(ballot, present)}" : null;
            if (promised == ballot)
                return accepted;
            return accepted is null ? $"promised {promised}" : $"{accepted}, promised {promised}";
        }
    }

    protected override void On(NodeId from, Message message, Effects yields)
    {
        if (epochs is null)
            acceptor.On(from, message, yields);
        else
            epochs.On(from, message, yields);
    }

    // An acceptor asks for no timer; who copies does.
    protected override void OnRetry(Effects yields) => epochs?.OnRetry(yields);

    public override IReadOnlyList<Outcome> Move(Configuration next) => Act(yields => epochs!.Move(next, yields));

    protected override void Recover(IReadOnlyList<Event> events)
    {
        acceptor = new Acceptor();
        foreach (var @event in events)
            acceptor.Recover(@event);
        if (Scene.Changes.Count > 0)
            epochs = new NodeEpochs(Place.Node, Scene.Configuration, acceptor, events);
    }

    protected override void Write(CanonicalWriter writer)
    {
        acceptor.Write(writer);
        epochs?.Write(writer);
    }
}

/// <summary>The rounds of a node outlive its proposers; each call gets a proposer of its own.</summary>
internal sealed class ProposerHost(Place place, Scene scene) : DecreeHost(place, scene)
{
    private Configuration configuration = scene.Configuration;
    private Rounds rounds = new();
    private Proposer? proposer;
    private Ballot issued;
    private string? answer;

    public bool IsBusy => proposer is not null && answer is null;

    public override bool IsListening => IsUp && proposer is not null;

    public override string? Knows => answer ?? (IsBusy ? $"is at {proposer!.Ballot}" : null);

    public IReadOnlyList<Outcome> Propose(Value value)
    {
        Scene.Invariants.Proposed(value);
        return Begin(effects => proposer!.Propose(value, effects));
    }

    public IReadOnlyList<Outcome> Read()
    {
        Scene.Invariants.ReadBegan(Place.Node);
        return Begin(effects => proposer!.Read(effects));
    }

    public override IReadOnlyList<Outcome> Move(Configuration next)
    {
        configuration = next;
        return IsBusy ? Act(effects => proposer!.Move(next, effects)) : [];
    }

    private IReadOnlyList<Outcome> Begin(Action<Effects> begin)
    {
        proposer = new Proposer(Place.Node, configuration, rounds, RetryDelays.Default);
        issued = Ballot.None;
        answer = null;
        return Act(begin);
    }

    protected override void On(NodeId from, Message message, Effects yields) => proposer!.On(from, message, yields);

    protected override void OnRetry(Effects yields) => proposer!.OnRetry(yields);

    protected override void Left(Message message)
    {
        if (message is Prepare or Query && message.BallotOf() is { } ballot && ballot != issued)
        {
            issued = ballot;
            Scene.Invariants.Issued(Place.Node, ballot);
        }
    }

    protected override void Told(Value? value) => answer = value is { } chosen ? $"said {chosen}" : "said undecided";

    protected override void Recover(IReadOnlyList<Event> events)
    {
        rounds = new Rounds();
        proposer = null;
        answer = null;
        foreach (var @event in events.OfType<RoundsReserved>())
            rounds.Recover(@event);
    }

    protected override void Write(CanonicalWriter writer)
    {
        rounds.Write(writer);
        proposer?.Write(writer);
    }
}

/// <summary>On a node with an acceptor, which remembers, the learner sleeps until somebody asks.</summary>
internal sealed class LearnerHost(Place place, Scene scene, bool sleeps) : DecreeHost(place, scene)
{
    private Learner learner = null!;
    private bool asleep = sleeps;

    public override bool IsListening => IsUp && !asleep;

    public override string? Knows => new CanonicalReader(State()).Value() is { } chosen ? $"knows {chosen}" : null;

    public IReadOnlyList<Outcome> Ask()
    {
        asleep = false;
        return Act(learner.Ask);
    }

    protected override void On(NodeId from, Message message, Effects yields) => learner.On(from, message, yields);

    protected override void OnRetry(Effects yields) => learner.OnRetry(yields);

    protected override void Recover(IReadOnlyList<Event> events)
    {
        learner = new Learner(Place.Node, Scene.Configuration, RetryDelays.Default);
        foreach (var @event in events)
            learner.Recover(@event);
    }

    protected override void Write(CanonicalWriter writer) => learner.Write(writer);
}
