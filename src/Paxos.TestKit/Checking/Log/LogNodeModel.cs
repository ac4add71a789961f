using System.Collections.Immutable;
using Paxos.Protocol;
using Paxos.Protocol.Log;
using Paxos.Protocol.MultiPaxos;

namespace Paxos.TestKit.Checking.Log;

internal enum LogMove
{
    Stand,
    Deliver,
    Crash,

    /// <summary>The learner's state is in a durable snapshot, and the log goes on as it is.</summary>
    Snapshot,

    /// <summary>And the log behind the snapshot is let go.</summary>
    Trim,
}

/// <summary>A message on its way. The network is a set of these, as in <see cref="Checking.Letter"/>.</summary>
internal readonly record struct LogLetter(int From, int To, Message Message);

/// <summary>What comes of a move at a node.</summary>
/// <param name="Issued">The fact of a ballot whose first message left; -1: none.</param>
/// <param name="Lost">Of a step that dooms a role: the first write that is lost.</param>
internal sealed record LogStep(int After, int[] Letters, int[] Facts, int Issued, Event? Lost, BrokenInvariant? Broken);

/// <summary>Numbers nodes and letters, and makes the steps of nodes, each once.</summary>
internal sealed class LogNodeModel(LogCast cast, LogFacts facts)
{
    private readonly Interner<LogNode> nodes = new();
    private readonly Interner<LogLetter> letters = new();
    private readonly Dictionary<(int Node, LogMove Move, int Letter), LogStep[]> steps = [];
    private readonly Dictionary<(int Node, int Letter), bool> dead = [];

    public LogLetter LetterOf(int letter) => letters[letter];

    public LogNode this[int node] => nodes[node];

    public int Newborn(int place)
    {
        var id = cast.Nodes[place];
        var acceptor = Bytes(new Acceptor(id, cast.Log));
        var proposer = place < cast.Options.Proposers ? Bytes(cast.NewProposer(place)) : null;
        var genesis = new Standing(cast.Genesis, 0);
        var unborn = new LogNode
        {
            Place = place,
            Acceptor = acceptor,
            AcceptorJournal = acceptor,
            Proposer = proposer,
            ProposerJournal = proposer,
            InForce = genesis,
            InForceAtSnapshot = genesis,
        };
        return Do(nodes.Id(unborn), LogMove.Crash, -1)[0].After;
    }

    /// <summary>First the step with every write durable; then, for each write, the one that dooms its role with this as the first lost.</summary>
    public LogStep[] Do(int node, LogMove move, int letter)
    {
        if (steps.TryGetValue((node, move, letter), out var known))
            return known;
        var all = new List<LogStep>();
        var writes = 0;
        for (var lost = -1; lost < writes; lost++)
        {
            var cascade = new LogCascade(cast, nodes[node], lost);
            cascade.Run(move, letter < 0 ? null : letters[letter]);
            if (lost < 0)
                writes = cascade.Writes;
            all.Add(Step(cascade));
        }
        known = [.. all];
        steps.Add((node, move, letter), known);
        return known;
    }

    /// <summary>
    /// Nothing will ever come of this letter at this node, crashes included, so the network may forget it.
    /// </summary>
    public bool IsDead(int node, int letter)
    {
        if (dead.TryGetValue((node, letter), out var known))
            return known;
        known = IsDead(nodes[node], letters[letter]);
        dead.Add((node, letter), known);
        return known;
    }

    // What an acceptor refuses or knows it will refuse and know for ever; but a crash may take it back to its journal. To a
    // proposer a ballot that is not under way never is again. Without pages a promise that is not counted now never will be:
    // a phase 1 that is begun again at the same ballot begins at a later slot, and has the same bytes only there.
    private bool IsDead(LogNode node, LogLetter letter) => letter.Message switch
    {
        Prepare or Accept or Chosen => IsIdle(node, node.Acceptor, letter) && IsIdle(node, node.AcceptorJournal, letter),
        Entries m => m.Last <= node.AppliedThrough
            && IsIdle(node, node.Acceptor, letter) && IsIdle(node, node.AcceptorJournal, letter),
        SnapshotChunk m => m.Slot <= node.Snapshot,
        Fetch => false,
        Promise m => IsOver(node, m.Ballot) || (cast.Options is { Pages: 0, SlowSelf: 0 } && IsIdle(node, letter)),
        Accepted m => IsOver(node, m.Ballot) || (cast.Options is { SlowSelf: 0 } && IsIdle(node, letter)),
        _ => IsIdle(node, letter),
    };

    private bool IsIdle(LogNode node, byte[] acceptor, LogLetter letter)
    {
        var role = new Acceptor(cast.Nodes[node.Place], cast.Log);
        Load(role, acceptor);
        var effects = new Effects();
        role.On(cast.Nodes[letter.From], letter.Message, default, effects);
        foreach (var effect in effects)
        {
            if (effect is not Effect.Send { Message: Nack })
                return false;
        }
        return Bytes(role).AsSpan().SequenceEqual(acceptor);
    }

    private bool IsOver(LogNode node, Ballot ballot)
    {
        if (node.Proposer is null)
            return true;
        return cast.LoadProposer(node.Place, node.Proposer).Ballot != ballot;
    }

    private bool IsIdle(LogNode node, LogLetter letter)
    {
        if (node.Proposer is null)
            return true;
        var role = cast.LoadProposer(node.Place, node.Proposer);
        var before = Bytes(role);
        var effects = new Effects();
        role.On(cast.Nodes[letter.From], letter.Message, default, effects);
        return effects.Count == 0 && Bytes(role).AsSpan().SequenceEqual(before);
    }

    private LogStep Step(LogCascade cascade) => new(
        nodes.Id(cascade.After()),
        [.. cascade.Letters.Select(letter => letters.Id(letter)).Distinct().Order()],
        [.. cascade.Facts.Select(facts.Id).Distinct().Order()],
        cascade.Issued is { } issued ? facts.Id(issued) : -1,
        cascade.Lost,
        cascade.Broken);

    public static void Load(ILogRole role, byte[] bytes)
    {
        var reader = new CanonicalReader(bytes);
        role.Read(ref reader);
    }

    public static byte[] Bytes(ILogRole role)
    {
        var writer = new CanonicalWriter();
        role.Write(writer);
        return writer.Written.ToArray();
    }
}

/// <summary>Who takes part in a check of the log.</summary>
internal sealed class LogCast
{
    private readonly HearingView[] views;

    public LogCast(LogCheckOptions options)
    {
        Options = options;
        Log = new LogOptions { Window = options.Window, PageBytes = options.Pages > 0 ? 1 : 1 << 20, BatchCommands = 1 };
        Nodes = [.. (options.Reconfigurations > 0 ? "abcd" : "abc").Select(name => new NodeId($"{name}"))];
        Genesis = Of(1, [0, 1, 2]);
        if (options.Reconfigurations > 0)
            Next = Of(2, [0, 1, 3]);
        views = [.. Nodes.Select(View)];
    }

    public LogCheckOptions Options { get; }

    public LogOptions Log { get; }

    public ImmutableArray<NodeId> Nodes { get; }

    public Configuration Genesis { get; }

    public Configuration? Next { get; }

    public Proposer NewProposer(int place) => new(Nodes[place], Genesis, new Rounds(), Log);

    /// <summary>A proposer that hears everyone, as everyone hears everyone: so it may stand.</summary>
    public Proposer LoadProposer(int place, byte[] bytes)
    {
        var proposer = NewProposer(place);
        LogNodeModel.Load(proposer, bytes);
        proposer.On(views[place], default, new Effects());
        return proposer;
    }

    private Configuration Of(uint epoch, int[] voters) => new(epoch, voters.Select(voter => new Member(Nodes[voter], default)), []);

    private HearingView View(NodeId self)
    {
        var pong = new Pong(0, 0, 1, Nodes, default);
        return new(Nodes.Where(node => node != self).ToImmutableSortedDictionary(node => node, _ => pong));
    }
}
