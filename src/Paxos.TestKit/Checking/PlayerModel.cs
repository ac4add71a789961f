using Paxos.Protocol;
using Paxos.Protocol.SingleDecree;

namespace Paxos.TestKit.Checking;

/// <summary>Steps of a proposer or a learner; none where the role takes no step, or one that is out of the bound.</summary>
internal abstract class PlayerModel(Player player, Letters letters, Facts facts) : RoleModel(letters, facts)
{
    // The base is the most, so that patience does not tell states apart.
    protected static readonly RetryDelays Delays = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));

    public Player Player { get; } = player;

    public abstract Shell Initial { get; }

    /// <param name="late">Something is chosen already.</param>
    public abstract Step[] Begin(Shell shell, bool late);

    public abstract Step[] Retry(Shell shell);

    public abstract Step[] Receive(Shell shell, NodeId from, Message message);

    /// <summary>The value that it has asked for.</summary>
    public ulong Proposed(Shell shell) => Player.Call == Call.Propose && Past(shell).Begun > 0 ? Facts.Bit(Player.Wish) : 0;

    protected static PlayerHistory Past(Shell shell) => (PlayerHistory)shell.History;

    protected override IEnumerable<Send> Address(NodeId to, Message message) => Letters.FromPlayer(Player, to, message);
}

/// <summary>The rounds of a node, and the proposer of the call under way, if any.</summary>
internal sealed class ProposerModel(Player player, Cast cast, int maxRounds, Letters letters, Facts facts)
    : PlayerModel(player, letters, facts)
{
    public override Shell Initial { get; } =
        new(Bytes(new Rounds().Write), Bytes(new Rounds().Write), null, new PlayerHistory(0, 0, false, false, false, false));

    public override Step[] Begin(Shell shell, bool late)
    {
        var past = Past(shell);
        if (past.IsBusy || past.IsAnswered)
            return [];
        return Act(shell, past with { IsBusy = true, IsLate = late && Player.Call == Call.Read }, (proposer, effects) =>
        {
            if (Player.Call == Call.Read)
                proposer.Read(effects);
            else
                proposer.Propose(Player.Wish, effects);
        });
    }

    public override Step[] Retry(Shell shell) => Past(shell) is { IsBusy: true, TimerRuns: true } past
        ? Act(shell, past with { TimerRuns = false }, (proposer, effects) => proposer.OnRetry(effects))
        : [];

    public override Step[] Receive(Shell shell, NodeId from, Message message)
    {
        var past = Past(shell);
        // In the last round of the bound, all that a nack can lead to is out of it.
        if (!past.IsBusy || (message is Nack && past.Begun == maxRounds))
            return [];
        return Act(shell, past, (proposer, effects) => proposer.On(from, message, effects));
    }

    private Step[] Act(Shell shell, PlayerHistory past, Action<Proposer, Effects> act)
    {
        var rounds = new Rounds();
        var reader = new CanonicalReader(shell.Live);
        rounds.Read(ref reader);
        var proposer = new Proposer(Player.Place.Node, cast.Configuration, rounds, Delays);
        if (Past(shell).IsBusy)
            proposer.Read(ref reader);
        var before = proposer.Ballot;
        var effects = new Effects();
        act(proposer, effects);

        var broken = Checks.Linearizable(Player, past, effects);
        if (proposer.Ballot != before)
        {
            if (past.Begun == maxRounds)
                return [];
            past = past with { Begun = past.Begun + 1 };
            broken ??= Checks.BallotsAreNotReused(proposer.Ballot, (past.Issued & Facts.Bit(proposer.Ballot)) != 0);
        }
        foreach (var effect in effects)
        {
            past = effect switch
            {
                Effect.StartTimer => past with { TimerRuns = true },
                Effect.StopTimer => past with { TimerRuns = false },
                Effect.Chosen or Effect.Undecided => past with { IsBusy = false, IsAnswered = true, IsLate = false },
                _ => past,
            };
        }
        // A proposer is spent once its call is answered: its host lets it go.
        var live = past.IsBusy ? Bytes(writer => { rounds.Write(writer); proposer.Write(writer); }) : Bytes(rounds.Write);
        return CarryOut(shell, live, past, effects, broken);
    }

    protected override byte[] Recover(byte[] journal, Event @event)
    {
        var rounds = new Rounds();
        var reader = new CanonicalReader(journal);
        rounds.Read(ref reader);
        rounds.Recover((RoundsReserved)@event);
        return Bytes(rounds.Write);
    }

    protected override History Remember(History history, Message left)
    {
        var past = (PlayerHistory)history;
        return left switch
        {
            Prepare m => past with { Issued = past.Issued | Facts.Bit(m.Ballot) },
            Query m => past with { Issued = past.Issued | Facts.Bit(m.Ballot) },
            _ => past,
        };
    }

    // Who was answered does not call again; whose call was lost may.
    protected override History Restarted(History history) =>
        ((PlayerHistory)history) with { IsBusy = false, IsLate = false, TimerRuns = false };
}

/// <summary>A learner asks whenever it likes, so it has no call and needs no timer.</summary>
internal sealed class LearnerModel(Player player, Cast cast, Letters letters, Facts facts) : PlayerModel(player, letters, facts)
{
    public override Shell Initial => new(New(), New(), null, new PlayerHistory(0, 0, false, false, false, false));

    public override Step[] Begin(Shell shell, bool late) => Act(shell, (learner, effects) => learner.Ask(effects));

    public override Step[] Retry(Shell shell) => [];

    public override Step[] Receive(Shell shell, NodeId from, Message message) =>
        Act(shell, (learner, effects) => learner.On(from, message, effects));

    private Step[] Act(Shell shell, Action<Learner, Effects> act)
    {
        var learner = From(shell.Live);
        var effects = new Effects();
        act(learner, effects);
        return CarryOut(shell, Bytes(learner.Write), shell.History, effects, null);
    }

    protected override byte[] Recover(byte[] journal, Event @event)
    {
        var learner = From(journal);
        learner.Recover(@event);
        return Bytes(learner.Write);
    }

    private byte[] New() => Bytes(new Learner(Player.Place.Node, cast.Configuration, Delays).Write);

    private Learner From(byte[] bytes)
    {
        var learner = new Learner(Player.Place.Node, cast.Configuration, Delays);
        var reader = new CanonicalReader(bytes);
        learner.Read(ref reader);
        return learner;
    }
}
