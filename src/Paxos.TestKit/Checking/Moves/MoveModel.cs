using Paxos.Protocol;
using Paxos.Protocol.SingleDecree;

namespace Paxos.TestKit.Checking.Moves;

/// <summary>Numbers nodes and letters, and makes the steps of nodes, each once.</summary>
internal sealed class MoveModel(MoveCast cast, MoveFacts facts)
{
    private readonly Interner<MoveNode> nodes = new();
    private readonly Interner<MoveLetter> letters = new();
    private readonly Dictionary<(int Node, int Letter, bool IsChosen), MoveStep[]> steps = [];
    private readonly Dictionary<(int Node, int Letter, bool MayCrash), bool> dead = [];

    public MoveLetter LetterOf(int letter) => letters[letter];

    public int Id(MoveLetter letter) => letters.Id(letter);

    public int Newborn(int place, out IEnumerable<int> sent)
    {
        var epochs = MoveTurn.Bytes(cast.NewEpochs(place).Write);
        var acceptor = MoveTurn.Bytes(new Acceptor().Write);
        byte[]? bytes = null;
        var epoch = cast.IsOld(place) ? 1 : cast.Last.VoterEpoch;
        var effects = new Effects();
        if (cast.IsOld(place) || cast.IsNew(place))
        {
            var proposer = cast.NewProposer(place, epoch);
            if (!cast.Reads(place))
                proposer.Propose(MoveCast.Wish(place), effects);
            bytes = MoveTurn.Bytes(proposer.Write);
        }
        sent = [.. effects.OfType<Effect.Send>().Select(send => Id(new MoveLetter(cast.Nodes[place], cast.Nodes.IndexOf(send.To), send.Message)))];
        return nodes.Id(new MoveNode(place, epochs, acceptor, epochs, acceptor, bytes, bytes is null ? 0 : epoch, isLate: false));
    }

    /// <summary>First the step without a crash, then one for each number of writes that a crash leaves.</summary>
    public MoveStep[] Do(int node, int letter, bool isChosen)
    {
        if (steps.TryGetValue((node, letter, isChosen), out var known))
            return known;
        var all = new List<MoveStep>();
        var writes = -1;
        for (var kept = -1; kept <= writes; kept++)
        {
            var turn = new MoveTurn(cast, nodes[node], kept);
            turn.Run(letters[letter].From, letters[letter].Message, isChosen);
            if (kept < 0)
                writes = turn.Writes;
            all.Add(new MoveStep(
                nodes.Id(turn.After()),
                [.. turn.Letters.Select(letters.Id).Distinct().Order()],
                [.. turn.Facts.Select(facts.Id).Distinct().Order()],
                IsCrash: kept >= 0,
                turn.Broken));
        }
        known = [.. all];
        steps.Add((node, letter, isChosen), known);
        return known;
    }

    /// <summary>Nothing that matters will ever come of this letter at this node, so the network may forget it.</summary>
    /// <param name="mayCrash">A crash to come may take the node back to its journal.</param>
    public bool IsDead(int node, int letter, bool mayCrash)
    {
        if (!dead.TryGetValue((node, letter, mayCrash), out var known))
        {
            known = IsDead(nodes[node], letter, letters[letter].Message, mayCrash);
            dead.Add((node, letter, mayCrash), known);
        }
        return known;
    }

    /// <summary>The sender has opened the epoch that it asks for: what is answered changes nothing, and a seal only takes votes away.</summary>
    public bool IsOutdated(int sender, Message message) =>
        message is Copy m && MoveTurn.Load(cast.NewEpochs(nodes[sender].Place), nodes[sender].EpochsJournal).OpenEpoch >= m.Epoch;

    // What is in the journal stays. Who asks a node for a vote that it has given up, and could still be told what it knows to be
    // chosen, is told that by whoever found it out. A proposer does not outlive a crash.
    private bool IsDead(MoveNode node, int letter, Message message, bool mayCrash)
    {
        var epochs = MoveTurn.Load(cast.NewEpochs(node.Place), mayCrash ? node.EpochsJournal : node.Epochs);
        var reader = new CanonicalReader(mayCrash ? node.AcceptorJournal : node.Acceptor);
        var promised = reader.Ballot();
        reader.Ballot();
        reader.Value();
        var knows = reader.Value() is not null;
        return message switch
        {
            InForce m => epochs.OpenEpoch >= m.Epoch && (node.Proposer is null || node.ProposerEpoch >= m.Epoch),
            BeginRead => node.Proposer is null || BallotOf(node) != Ballot.None,
            Copy m => epochs.OpenEpoch > m.Epoch || (epochs.OpenEpoch == m.Epoch && epochs.VotingEpoch == 0),
            Copies m => epochs.OpenEpoch >= m.Epoch
                || (!mayCrash && cast.Options.Changes == 1 && epochs.IsMoving && IsIdle(node, letter)),
            Prepare m => IsOver(epochs, m.Ballot) || m.Ballot < promised || (m.Ballot == promised && cast.Options.Crashes == 0),
            Accept m => IsOver(epochs, m.Ballot) || m.Ballot < promised,
            Query m => IsOver(epochs, m.Ballot),
            Chosen => knows && (node.Proposer is null || IsIdle(node, letter)),
            Promise m => BallotOf(node) != m.Ballot || IsIdle(node, letter),
            Accepted m => BallotOf(node) != m.Ballot || IsIdle(node, letter),
            Report m => BallotOf(node) != m.Ballot || IsIdle(node, letter),
            _ => false,
        };
    }

    private bool IsIdle(MoveNode node, int letter)
    {
        var step = Do(nodes.Id(node), letter, isChosen: false)[0];
        return step.Letters.Length == 0 && step.Facts.Length == 0 && step.Broken is null && nodes[step.After].Equals(node);
    }

    private static bool IsOver(Epochs epochs, Ballot ballot) =>
        epochs.OpenEpoch > Epoch.Of(ballot) || (epochs.OpenEpoch == Epoch.Of(ballot) && epochs.VotingEpoch == 0);

    private Ballot BallotOf(MoveNode node)
    {
        if (node.Proposer is null)
            return Ballot.None;
        var proposer = cast.NewProposer(node.Place, node.ProposerEpoch);
        var reader = new CanonicalReader(node.Proposer);
        proposer.Read(ref reader);
        return proposer.Ballot;
    }
}
