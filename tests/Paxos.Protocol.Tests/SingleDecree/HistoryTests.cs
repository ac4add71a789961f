using System.Collections.Concurrent;
using CsCheck;
using Paxos.Protocol.SingleDecree;

namespace Paxos.Protocol.Tests.SingleDecree;

/// <summary>Random messages, most of them nonsense: what holds of every history of a role.</summary>
public sealed class HistoryTests
{
    private static readonly Gen<NodeId> Nodes = Gen.OneOf(Gen.Const(Three.A), Gen.Const(Three.B), Gen.Const(Three.C));

    private static readonly Gen<Ballot> Ballots = Gen.Select(Gen.ULong[1, 2], Nodes, (round, node) => new Ballot(round, node));

    // A ballot has one value: the invariant that proposers keep.
    private static readonly Gen<Proposal> Proposals = Ballots.Select(ballot => new Proposal(ballot, Value.FromUtf8($"v{ballot}")));

    private static readonly Gen<Proposal?> Reports = Gen.Frequency((1, Gen.Const((Proposal?)null)), (2, Proposals.Select(proposal => (Proposal?)proposal)));

    private static readonly Gen<Message> Messages = Gen.Frequency(
        (6, Ballots.Select(ballot => (Message)new Prepare(ballot))),
        (6, Proposals.Select(proposal => (Message)new Accept(proposal.Ballot, proposal.Value))),
        (6, Gen.Select(Ballots, Reports, (ballot, report) => (Message)new Promise(ballot, report))),
        (6, Ballots.Select(ballot => (Message)new Accepted(ballot))),
        (3, Gen.Select(Ballots, Ballots, (ballot, promised) => (Message)new Nack(ballot, promised))),
        (3, Gen.Select(Ballots, Reports, (ballot, report) => (Message)new Report(ballot, report))),
        (2, Ballots.Select(ballot => (Message)new Query(ballot))),
        (2, Gen.Const((Message)new Learn())),
        (1, Gen.Const((Message)new Chosen(Three.Blue))));

    // Null: the retry timer fires.
    private static readonly Gen<(NodeId From, Message? Message)[]> Histories =
        Gen.Select(Nodes, Gen.Frequency((1, Gen.Const((Message?)null)), (8, Messages.Select(message => (Message?)message)))).Array[0, 40];

    [Fact]
    public void An_event_of_an_acceptor_that_is_held_already_changes_nothing() => Histories.Sample(history =>
    {
        var acceptor = new Acceptor();
        var events = new List<Event>();
        foreach (var (from, message) in history)
        {
            if (message is not null)
                events.AddRange(Persisted(effects => acceptor.On(from, message, effects)));
            var held = Three.Bytes(Recovered(events).Write);
            Assert.Equal(Three.Bytes(acceptor.Write), held);
            foreach (var again in events)
                Assert.Equal(held, Three.Bytes(Recovered([.. events, again]).Write));
            Assert.Equal(held, Three.Bytes(Recovered([.. events, .. events]).Write));
        }
    });

    [Fact]
    public void An_acceptor_reads_back_what_it_wrote() => Histories.Sample(history =>
    {
        var acceptor = new Acceptor();
        foreach (var (from, message) in history)
        {
            var clone = new Acceptor();
            var reader = new CanonicalReader(Three.Bytes(acceptor.Write));
            clone.Read(ref reader);
            foreach (var each in new[] { acceptor, clone })
                each.On(from, message ?? new Learn(), new Effects());
            Assert.Equal(Three.Bytes(acceptor.Write), Three.Bytes(clone.Write));
        }
    });

    [Fact]
    public void A_proposer_and_its_rounds_read_back_what_they_wrote()
    {
        var ends = new ConcurrentDictionary<string, bool>();
        // What never happened was not tested: on, until every way to end has been seen, or it is clear that one is not there.
        for (var samples = 0; samples < 40 && (samples == 0 || ends.Count < 4); samples++)
            Gen.Select(Gen.Bool, Histories).Sample((reads, history) => Compare(reads, history), iter: 1000);
        Assert.Equal(["chosen", "retry", "told", "undecided"], ends.Keys.Order());

        void Compare(bool reads, (NodeId From, Message? Message)[] history)
        {
            var rounds = new Rounds(block: 3);
            var proposer = NewProposer(rounds);
            if (reads)
                proposer.Read(new Effects());
            else
                proposer.Propose(Three.Green, new Effects());
            foreach (var (from, message) in history)
            {
                var (clone, cloneRounds) = Clone(proposer, rounds);
                var done = Take(proposer, from, message);
                Assert.Equal(done, Take(clone, from, message));
                Assert.Equal(Three.Bytes(proposer.Write), Three.Bytes(clone.Write));
                Assert.Equal(Three.Bytes(rounds.Write), Three.Bytes(cloneRounds.Write));
                if (done.Length > 0)
                    ends[done[^1] == "chosen blue" ? "told" : done[^1].Split(' ')[0]] = true;
            }
        }
    }

    [Fact]
    public void A_learner_reads_back_what_it_wrote_and_a_restarted_one_knows_the_same() => Histories.Sample(history =>
    {
        var learner = NewLearner();
        var restarted = NewLearner();
        foreach (var (from, message) in history)
        {
            var clone = NewLearner();
            var reader = new CanonicalReader(Three.Bytes(learner.Write));
            clone.Read(ref reader);
            Three.Effects(effects => Take(clone, from, message, effects));
            foreach (var @event in Persisted(effects => Take(learner, from, message, effects)))
                restarted.Recover(@event);
            Assert.Equal(Three.Bytes(learner.Write), Three.Bytes(clone.Write));
            Assert.Equal(
                Three.Effects(effects => learner.On(from, new Learn(), effects)),
                Three.Effects(effects => restarted.On(from, new Learn(), effects)));
        }
    });

    private static Acceptor Recovered(IEnumerable<Event> events)
    {
        var acceptor = new Acceptor();
        foreach (var @event in events)
            acceptor.Recover(@event);
        return acceptor;
    }

    private static Proposer NewProposer(Rounds rounds) => new(Three.A, Three.Voters, rounds, RetryDelays.Default);

    private static Learner NewLearner() => new(Three.Learner, Three.WithLearner, RetryDelays.Default);

    private static (Proposer Proposer, Rounds Rounds) Clone(Proposer proposer, Rounds rounds)
    {
        var ofRounds = new CanonicalReader(Three.Bytes(rounds.Write));
        var cloneRounds = new Rounds(block: 3);
        cloneRounds.Read(ref ofRounds);
        var ofProposer = new CanonicalReader(Three.Bytes(proposer.Write));
        var clone = NewProposer(cloneRounds);
        clone.Read(ref ofProposer);
        return (clone, cloneRounds);
    }

    private static string[] Take(Proposer proposer, NodeId from, Message? message) => Three.Effects(effects =>
    {
        if (message is null)
            proposer.OnRetry(effects);
        else
            proposer.On(from, message, effects);
    });

    private static void Take(Learner learner, NodeId from, Message? message, Effects effects)
    {
        if (message is null)
            learner.OnRetry(effects);
        else
            learner.On(from, message, effects);
    }

    private static Event[] Persisted(Action<Effects> step)
    {
        var effects = new Effects();
        step(effects);
        return [.. effects.OfType<Effect.Persist>().Select(persist => persist.Event)];
    }
}
