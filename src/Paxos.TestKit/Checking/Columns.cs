using Paxos.Protocol.SingleDecree;

namespace Paxos.TestKit.Checking;

/// <summary>What becomes of an acceptor and its link.</summary>
/// <param name="Common">The letters that left and do not take the link.</param>
internal sealed record ColumnStep(int After, Send[] Common, Step Step)
{
    /// <summary>Nothing came of it.</summary>
    public bool IsIdle(int before) => After == before && Common.Length == 0 && Step.Broken is null;
}

/// <summary>
/// Acceptors, each with the letters of its link, as one number: a column. They have no names, so all acceptors share these
/// numbers, and each step is made once.
/// </summary>
internal sealed class Columns
{
    private readonly AcceptorModel model;
    private readonly Letters letters;
    private readonly LetterSets sets;
    private readonly Facts facts;
    private readonly Interner<Shell> shells = new();
    private readonly Interner<(int Shell, int Letters)> columns = new();
    private readonly List<View> views = [];
    private readonly Dictionary<(int Shell, int Letter), Step[]> received = [];
    private readonly Dictionary<(int Column, int Letter), ColumnStep[]> delivered = [];
    private readonly Dictionary<(int Column, int Letter), int> posted = [];
    private readonly Dictionary<(int Column, int Letter), int> removed = [];

    public Columns(AcceptorModel model, Letters letters, LetterSets sets, Facts facts)
    {
        this.model = model;
        this.letters = letters;
        this.sets = sets;
        this.facts = facts;
        Initial = Id(shells.Id(model.Initial), 0);
    }

    public int Initial { get; }

    public Shell this[int column] => shells[columns[column].Shell];

    /// <summary>The proposals that its journal holds, or has held.</summary>
    public ulong Holds(int column) => views[column].Holds;

    /// <summary>The proposals that it was sent Accepts for.</summary>
    public ulong Asked(int column) => views[column].Asked;

    /// <summary>The letters of the link that go to players.</summary>
    public int[] Answers(int column) => views[column].Answers;

    /// <summary>The letters of the link that arrive at the acceptor to some effect.</summary>
    public int[] Requests(int column) =>
        views[column].Requests ??= [.. Link(column).Where(letter => IsRequest(letter) && !Deliver(column, letter)[0].IsIdle(column))];

    public int Post(int column, int letter)
    {
        if (posted.TryGetValue((column, letter), out var after))
            return after;
        var (shell, set) = columns[column];
        return posted[(column, letter)] = Id(shell, sets.Add(set, letter));
    }

    public int Remove(int column, int letter)
    {
        if (removed.TryGetValue((column, letter), out var after))
            return after;
        var (shell, set) = columns[column];
        return removed[(column, letter)] = Id(shell, sets.Remove(set, letter));
    }

    /// <summary>What can come of it. The first has every write durable.</summary>
    public ColumnStep[] Deliver(int column, int letter)
    {
        if (delivered.TryGetValue((column, letter), out var known))
            return known;
        var shell = columns[column].Shell;
        if (!received.TryGetValue((shell, letter), out var steps))
            received.Add((shell, letter), steps = model.Receive(shells[shell], letter));
        return delivered[(column, letter)] = [.. steps.Select(step => After(column, step))];
    }

    public ColumnStep Crash(int column) => views[column].Crash ??= After(column, model.Crash(this[column]));

    /// <summary>
    /// Something can leave this doomed acceptor before its crash. If nothing can, all that it does until then is for nothing,
    /// and it may as well crash at once. The requests that are there now are enough to tell: until something leaves, the others
    /// act as if it were down already, so what they will ask can come before its doom.
    /// </summary>
    public bool CanLeak(int column) => views[column].CanLeak ??= CanLeak(column, []);

    private bool CanLeak(int column, HashSet<int> seen) => seen.Add(column) && Requests(column).Any(letter =>
        Deliver(column, letter)[0] is var step
        && (step.Step.Released.Length > 0 || step.Step.Broken is not null || CanLeak(step.After, seen)));

    private int[] Link(int column) => sets[columns[column].Letters].ToArray();

    private bool IsRequest(int letter) => letters[letter].To == Letter.AnAcceptor;

    private ColumnStep After(int column, Step step)
    {
        var set = columns[column].Letters;
        var common = new List<Send>();
        foreach (var send in step.Released)
        {
            if (letters[send.Letter].IsCommon)
                common.Add(send);
            else
                set = sets.Add(set, send.Letter);
        }
        return new ColumnStep(Id(shells.Id(step.After), set), [.. common], step);
    }

    private int Id(int shell, int set)
    {
        var column = columns.Id((shell, set));
        if (column < views.Count)
            return column;
        var asked = 0UL;
        foreach (var letter in sets[set])
        {
            if (letters[letter].Message is Accept accept)
                asked |= facts.Bit(new Proposal(accept.Ballot, accept.Value));
        }
        views.Add(new View
        {
            Holds = ((AcceptorHistory)shells[shell].History).Accepted,
            Asked = asked,
            Answers = [.. sets[set].ToArray().Where(letter => !IsRequest(letter))],
        });
        return column;
    }

    private sealed class View
    {
        public required ulong Holds { get; init; }

        public required ulong Asked { get; init; }

        public required int[] Answers { get; init; }

        public int[]? Requests { get; set; }

        public ColumnStep? Crash { get; set; }

        public bool? CanLeak { get; set; }
    }
}
