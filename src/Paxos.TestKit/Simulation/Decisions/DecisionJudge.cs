using Paxos.Protocol;

namespace Paxos.TestKit.Simulation.Decisions;

/// <summary>Watches every decision, each by the invariants that the exhaustive check looks at.</summary>
internal sealed class DecisionJudge(LogInvariants invariants, Configuration first, Marks marks)
{
    private readonly Dictionary<string, Invariants> instances = new(StringComparer.Ordinal);
    private readonly HashSet<string> decided = new(StringComparer.Ordinal);

    // One for each epoch of the voters, from the first.
    private readonly List<Configuration> epochs = [first];

    /// <summary>Somebody has asked for something under these names.</summary>
    public List<string> Names { get; } = [];

    public void Proposed(string name, Value value) => Look(name, instance => instance.Proposed(value));

    public void Issued(NodeId node, string name, Ballot ballot) => Look(name, instance => instance.Issued(node, ballot));

    public void Sent(NodeId from, OfInstance sent) => Look(sent.Name, instance => instance.Sent(from, sent.Message));

    public void Durable(NodeId node, InstanceEvent written) => Look(written.Name, instance => instance.Durable(node, written.Event));

    /// <summary>A read that begins now must not be told that this is undecided.</summary>
    public bool IsChosen(string name) => Find(name).IsChosen;

    public void Told(NodeId node, string name, Value? wish, bool wasChosen, Answer answer)
    {
        switch (answer)
        {
            case Answer.Decided { Value: var value }:
                marks.Hit(decided.Add(name), DecisionMarks.Decided);
                marks.Hit(wish is not null && wish != value, DecisionMarks.Theirs);
                Look(name, instance => instance.ToldChosen(node, value));
                break;
            case Answer.Undecided:
                marks.Hit(DecisionMarks.Undecided);
                if (wasChosen)
                    invariants.Break(LogInvariant.Linearizable, $"a reader at {node} was told that {name} is undecided; it had been chosen before the read began");
                break;
        }
    }

    private void Look(string name, Action<Invariants> see)
    {
        var instance = Find(name);
        see(instance);
        if (instance.Broken is { } broken)
            invariants.Break(Enum.Parse<LogInvariant>(broken.Invariant.ToString()), $"{name}: {broken.What}");
    }

    // What is chosen in the log comes before anything that follows from it.
    private Invariants Find(string name)
    {
        while (invariants.Newest.VoterEpoch > epochs.Count)
            Follow(invariants.InVoterEpoch((uint)epochs.Count + 1));
        if (!instances.TryGetValue(name, out var instance))
        {
            instances.Add(name, instance = new Invariants(epochs[0]));
            foreach (var next in epochs.Skip(1))
                instance.Follow(next);
            Names.Add(name);
        }
        return instance;
    }

    private void Follow(Configuration next)
    {
        epochs.Add(next);
        foreach (var instance in instances.Values)
            instance.Follow(next);
    }
}
