using Paxos.Protocol.Log;

namespace Paxos.Protocol.Tests.Log;

public sealed class DigestComparisonTests
{
    private static readonly LogSettings EverySecondSlot = new() { DigestInterval = 2 };
    private static readonly Configuration Voters = new(1, Of("a", "b", "c"), []);

    private readonly Queue<(NodeId From, NodeId To, StateDigest Digest)> network = new();

    // For nodes that take no part in the step.
    private readonly List<(NodeId From, NodeId To, StateDigest Digest)> waiting = [];

    [Fact]
    public void Nodes_that_agree_go_on()
    {
        var (a, b, c) = (Node("a"), Node("b"), Node("c"));
        Apply(4, a, b, c);
        Assert.All([a, b, c], node => Assert.Null(node.Diverged));
    }

    [Fact]
    public void A_node_that_differs_from_a_majority_has_diverged_and_the_others_go_on()
    {
        var (a, b, c) = (Node("a"), Node("b", mistake: 3), Node("c"));
        Apply(2, a, b, c);
        Assert.Null(b.Diverged);
        Apply(2, a, b, c);
        Assert.Equal(4UL, b.Diverged!.Slot);
        Assert.Equal(["a", "c"], b.Diverged.Others.Select(other => other.Node.ToString()));
        Assert.NotEqual(b.Diverged.Digest, b.Diverged.Others[0].Digest);
        Assert.All([a, c], node => Assert.Null(node.Diverged));
    }

    [Fact]
    public void One_other_voice_proves_nothing()
    {
        var (a, b) = (Node("a"), Node("b", mistake: 1));
        Apply(2, a, b);
        Assert.All([a, b], node => Assert.Null(node.Diverged));
    }

    [Fact]
    public void Where_all_have_spoken_and_no_majority_agrees_each_has_diverged()
    {
        var (a, b, c) = (Node("a"), Node("b", mistake: 1), Node("c", mistake: 2));
        Apply(2, a, b, c);
        Assert.All([a, b, c], node => Assert.NotNull(node.Diverged));
    }

    [Fact]
    public void What_was_said_of_slots_to_come_waits_for_them()
    {
        var (a, b, c) = (Node("a"), Node("b", mistake: 3), Node("c"));
        Apply(4, a, c);
        Assert.Null(b.Diverged);
        Apply(4, b);
        Assert.Equal(4UL, b.Diverged!.Slot);
    }

    [Fact]
    public void A_node_without_a_vote_is_judged_and_does_not_judge()
    {
        var withLearner = new Configuration(2, Of("a", "b", "c"), Of("d"));
        var (a, b, c, d) = (Node("a", configuration: withLearner), Node("b", configuration: withLearner), Node("c", configuration: withLearner), Node("d", mistake: 1, configuration: withLearner));
        Apply(2, a, b, c, d);
        Assert.NotNull(d.Diverged);
        Assert.All([a, b, c], node => Assert.Null(node.Diverged));
    }

    [Fact]
    public void It_is_told_once()
    {
        var (a, b, c) = (Node("a"), Node("b", mistake: 1), Node("c"));
        Apply(8, a, b, c);
        Assert.Equal(1, b.Told);
    }

    [Fact]
    public void A_digest_is_told_once_to_every_other_node()
    {
        var withLearner = new Configuration(2, Of("a", "b"), Of("d"));
        var a = Node("a", configuration: withLearner);
        List<(NodeId To, ulong Slot)> told = [];
        for (var slot = 0; slot < 5; slot++)
            told.AddRange(a.Apply().OfType<Effect.Send>().Select(send => (send.To, ((StateDigest)send.Message).Slot)));
        Assert.Equal([(Three.B, 2UL), (Three.Learner, 2UL), (Three.B, 4UL), (Three.Learner, 4UL)], told);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public void A_majority_of_all_voters_is_enough_and_less_is_not(int voters)
    {
        var configuration = new Configuration(1, Of([.. "abcde".Take(voters).Select(name => $"{name}")]), []);
        var (a, b, c, d) = (Node("a", configuration: configuration), Node("b", 1, configuration), Node("c", configuration: configuration), Node("d", configuration: configuration));
        Apply(2, a, b, c);
        Assert.Null(b.Diverged);
        Apply(2, d);
        Apply(2, a, b, c);
        Assert.NotNull(b.Diverged);
        Assert.All([a, c, d], node => Assert.Null(node.Diverged));
    }

    [Fact]
    public void A_learner_needs_to_hear_no_more_than_a_majority()
    {
        var withLearner = new Configuration(2, Of("a", "b", "c"), Of("d"));
        var (a, b, d) = (Node("a", configuration: withLearner), Node("b", configuration: withLearner), Node("d", mistake: 1, configuration: withLearner));
        Apply(2, a, b, d);
        Assert.NotNull(d.Diverged);
    }

    [Theory]
    [InlineData(32, 2)]
    [InlineData(34, 4)]
    public void What_was_said_of_the_last_16_slots_waits(int slots, ulong first)
    {
        var (a, b, c) = (Node("a"), Node("b", mistake: 1), Node("c"));
        Apply(slots, a, c);
        Apply(0, b);
        Apply((int)first, b);
        Assert.Equal(first, b.Diverged?.Slot);
    }

    private static Member[] Of(params string[] names) => [.. names.Select(name => new Member(new NodeId(name), new Incarnation((UInt128)name[0])))];

    private static Compared Node(string name, int mistake = 0, Configuration? configuration = null) => new(new NodeId(name), mistake, configuration ?? Voters);

    private void Apply(int slots, params Compared[] nodes)
    {
        for (var slot = 0; slot < slots; slot++)
        {
            foreach (var node in nodes)
                Carry(node, node.Apply());
        }
        while (network.TryDequeue(out var next))
        {
            if (nodes.FirstOrDefault(node => node.Id == next.To) is { } to)
                Carry(to, to.Hear(next.From, next.Digest));
            else
                waiting.Add(next);
        }
        foreach (var next in waiting.ToList())
        {
            if (nodes.FirstOrDefault(node => node.Id == next.To) is not { } to)
                continue;
            waiting.Remove(next);
            Carry(to, to.Hear(next.From, next.Digest));
        }
    }

    private void Carry(Compared node, Effects effects)
    {
        foreach (var send in effects.OfType<Effect.Send>())
            network.Enqueue((node.Id, send.To, (StateDigest)send.Message));
    }

    private sealed class Compared(NodeId id, int mistake, Configuration configuration)
    {
        private readonly Replica replica = new(new Unsteady(mistake), EverySecondSlot);
        private readonly DigestComparison comparison = new(id);

        public NodeId Id => id;

        public Diverged? Diverged { get; private set; }

        public int Told { get; private set; }

        public Effects Apply()
        {
            var effects = new Effects();
            replica.Apply(replica.AppliedSlot + 1, ReplicaRig.Batch(0, new Command.Keyed($"{replica.AppliedSlot}", default)), effects);
            effects.Clear();
            comparison.OnApplied(replica, configuration, effects);
            return Note(effects);
        }

        public Effects Hear(NodeId from, StateDigest digest)
        {
            var effects = new Effects();
            comparison.On(from, digest, replica, configuration, effects);
            return Note(effects);
        }

        private Effects Note(Effects effects)
        {
            foreach (var diverged in effects.OfType<Diverged>())
            {
                Diverged = diverged;
                Told++;
            }
            return effects;
        }
    }

    /// <summary>Counts, and on one node makes a mistake of that size from some command on.</summary>
    private sealed class Unsteady(int mistake) : IStateMachine
    {
        public void Apply(in Context context, Value command, IOutput output) =>
            output.Result(Value.FromUtf8($"{(mistake > 0 && context.Index >= (ulong)mistake ? mistake : 0)}"));

        public Value Query(Value question) => default;

        public ISnapshotView Freeze() => throw new NotSupportedException();

        public void Restore(Stream snapshot) => throw new NotSupportedException();
    }
}
