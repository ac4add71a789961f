using Paxos.Protocol;
using Paxos.Protocol.SingleDecree;

namespace Paxos.TestKit.Checking.Moves;

/// <summary>
/// One message at a node: the real roles, and a host that carries their effects out in order. All that a node writes is one
/// journal here; on a node with several the hosts see to it that no answer leaves before what it rests on.
/// </summary>
/// <param name="writes">So many writes are durable, and then the node crashes and comes back; negative: it does not crash.</param>
internal sealed class MoveTurn(MoveCast cast, MoveNode before, int writes)
{
    private readonly NodeId self = cast.Nodes[before.Place];
    private readonly Queue<Effect> work = new();
    private readonly Effects effects = new();
    private Epochs epochs = Load(cast.NewEpochs(before.Place), before.Epochs);
    private readonly Epochs epochsJournal = Load(cast.NewEpochs(before.Place), before.EpochsJournal);
    private Acceptor acceptor = Load(new Acceptor(), before.Acceptor);
    private readonly Acceptor acceptorJournal = Load(new Acceptor(), before.AcceptorJournal);
    private Proposer? proposer = before.Proposer is null ? null : Load(cast.NewProposer(before.Place, before.ProposerEpoch), before.Proposer);
    private uint proposerEpoch = before.ProposerEpoch;
    private bool isLate = before.IsLate;
    private readonly bool crashes = writes >= 0;
    private int left = writes;
    private bool isDown;

    public List<MoveLetter> Letters { get; } = [];

    public List<MoveFact> Facts { get; } = [];

    /// <summary>How many there were.</summary>
    public int Writes { get; private set; }

    public BrokenInvariant? Broken { get; private set; }

    /// <param name="isChosen">Something is chosen at this moment.</param>
    public void Run(NodeId from, Message message, bool isChosen)
    {
        Take(from, message, isChosen);
        CarryOut();
        if (crashes)
            Restart();
    }

    private void Take(NodeId from, Message message, bool isChosen)
    {
        switch (message)
        {
            case InForce m:
                var next = cast.Configurations[m.Epoch - 1];
                epochs.Move(next, effects);
                MoveProposer(next);
                break;
            case BeginRead:
                isLate = isChosen;
                proposer!.Read(effects);
                break;
            case EpochMessage:
                epochs.On(from, message, effects);
                break;
            case Prepare or Accept or Query:
                acceptor.On(from, Epochs.Admit(message, epochs.VotingEpoch), effects);
                break;
            case Chosen:
                acceptor.On(from, message, effects);
                proposer?.On(from, message, effects);
                break;
            default:
                proposer?.On(from, message, effects);
                break;
        }
    }

    private void MoveProposer(Configuration next)
    {
        if (proposer is null || next.VoterEpoch <= proposerEpoch)
            return;
        proposerEpoch = next.VoterEpoch;
        proposer.Move(next, effects);
    }

    private void CarryOut()
    {
        do
        {
            foreach (var effect in effects)
                work.Enqueue(effect);
            effects.Clear();
            if (work.TryDequeue(out var next) && !isDown)
                Do(next);
        }
        while (!isDown && (work.Count > 0 || effects.Count > 0));
    }

    private void Do(Effect effect)
    {
        switch (effect)
        {
            case Effect.Persist { Event: not RoundsReserved } persist:
                Write(persist.Event);
                break;
            case Effect.Send send:
                Send(send.To, send.Message);
                break;
            case Effect.Chosen chosen:
                Facts.Add(MoveFact.Learned(chosen.Value));
                break;
            case Effect.Undecided when isLate:
                Broken ??= new(Invariant.Linearizable, $"the reader at {self} was told undecided, but something was chosen before it began");
                break;
            case PageWanted page:
                epochs.OnPage(page, 1, isLast: true, acceptor.Copy("x") is { } held ? new([held]) : default, effects);
                break;
            case CopiesArrived page:
                foreach (var item in page.Items)
                    acceptor.Take(item, page.Epoch, effects);
                // Behind the writes of the acceptor, which are in the list before it.
                epochs.OnTaken(page, effects);
                break;
        }
    }

    private void Write(Event @event)
    {
        Writes++;
        if (left-- == 0)
        {
            isDown = true;
            return;
        }
        epochsJournal.Recover(@event);
        acceptorJournal.Recover(@event);
        switch (@event)
        {
            case ValueAccepted e:
                Facts.Add(MoveFact.Accepted(self, new Proposal(e.Ballot, e.Value)));
                break;
            case EpochOpened e when e.Configuration.VoterEpoch > 1:
                Facts.Add(MoveFact.Opened(self, e.Configuration.VoterEpoch));
                // What it took over of this epoch counts as an Accept that it has answered.
                if (acceptorJournal.Copy("x") is { Accepted: { } held } && Epoch.Of(held.Ballot) == e.Configuration.VoterEpoch)
                    Facts.Add(MoveFact.Accepted(self, held));
                break;
        }
    }

    // Refusals only save time.
    private void Send(NodeId to, Message message)
    {
        switch (message)
        {
            case Nack or Learn:
                return;
            case Accept m:
                Facts.Add(MoveFact.Proposed(self, new Proposal(m.Ballot, m.Value)));
                break;
            case Chosen m:
                Facts.Add(MoveFact.Learned(m.Value));
                break;
        }
        Letters.Add(new MoveLetter(self, cast.Nodes.IndexOf(to), message));
    }

    private void Restart()
    {
        isDown = false;
        left = -1;
        work.Clear();
        effects.Clear();
        epochs = Load(cast.NewEpochs(before.Place), Bytes(epochsJournal.Write));
        acceptor = Load(new Acceptor(), Bytes(acceptorJournal.Write));
        proposer = null;
        isLate = false;
        epochs.Start(effects);
        CarryOut();
    }

    public MoveNode After() => new(
        before.Place,
        Bytes(epochs.Write),
        Bytes(acceptor.Write),
        Bytes(epochsJournal.Write),
        Bytes(acceptorJournal.Write),
        proposer is null ? null : Bytes(proposer.Write),
        proposer is null ? 0 : proposerEpoch,
        isLate);

    public static byte[] Bytes(Action<CanonicalWriter> write)
    {
        var writer = new CanonicalWriter();
        write(writer);
        return writer.Written.ToArray();
    }

    public static Epochs Load(Epochs role, byte[] bytes)
    {
        var reader = new CanonicalReader(bytes);
        role.Read(ref reader);
        return role;
    }

    public static Acceptor Load(Acceptor role, byte[] bytes)
    {
        var reader = new CanonicalReader(bytes);
        role.Read(ref reader);
        return role;
    }

    private static Proposer Load(Proposer role, byte[] bytes)
    {
        var reader = new CanonicalReader(bytes);
        role.Read(ref reader);
        return role;
    }
}
