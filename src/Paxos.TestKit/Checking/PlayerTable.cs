namespace Paxos.TestKit.Checking;

internal enum Act
{
    Begin,
    Retry,
    Receive,
    Crash,
}

/// <summary>What makes a player act.</summary>
/// <param name="Acceptor">Of a letter that came along an acceptor's link, that acceptor; else -1.</param>
/// <param name="Argument">The letter received, or 1 for a call that begins when something is chosen already.</param>
internal readonly record struct Cue(Act Act, int Acceptor = -1, int Argument = 0)
{
    /// <summary>The cue and a shell, in one number.</summary>
    public ulong Key(int shell) => (ulong)shell << 32 | (ulong)Act << 30 | (ulong)(Acceptor + 1) << 26 | (uint)Argument;

    public Cue Renamed(ReadOnlySpan<int> names) => Acceptor < 0 ? this : this with { Acceptor = names[Acceptor] };
}

/// <summary>A step of a player, with its shell as a number.</summary>
internal readonly record struct PlayerStep(int After, Step Step)
{
    /// <summary>Nothing came of it.</summary>
    public bool IsIdle(int before) => After == before && Step is { Released.Length: 0, Said: 0, Broken: null };
}

/// <summary>The steps of one player. Each is made by the real code once and looked up ever after.</summary>
/// <remarks>
/// <para>It also knows what each shell becomes when the acceptors change names (its images), so that states that differ in
/// nothing but the acceptors' names are one state for the check. That is sound if the player treats acceptors alike: if a
/// step of the image is the image of the step. This is not taken on trust. The images of a shell are made by taking all the
/// steps that led to it under the other names, and whenever another way leads to the same shell, its images must be the same.</para>
/// <para>The acceptors themselves have no name in <see cref="Protocol.SingleDecree.Acceptor"/>, and what they hear bears none.</para>
/// </remarks>
internal sealed class PlayerTable
{
    private readonly PlayerModel model;
    private readonly Cast cast;
    private readonly Letters letters;
    private readonly Renamings renamings;
    private readonly Interner<Shell> shells = new();
    private readonly List<int[]> images = [];
    private readonly Dictionary<ulong, PlayerStep[]> steps = [];
    private readonly DeadLetters dead;

    public PlayerTable(PlayerModel model, Cast cast, Letters letters, Renamings renamings)
    {
        this.model = model;
        this.cast = cast;
        this.letters = letters;
        this.renamings = renamings;
        dead = new DeadLetters(this);
        shells.Id(model.Initial);
        images.Add(new int[renamings.Count]);
    }

    public Player Player => model.Player;

    public Shell this[int shell] => shells[shell];

    /// <summary>What the shell becomes when the acceptors are renamed.</summary>
    public int Image(int shell, int renaming) => images[shell][renaming];

    /// <summary>The value that it has asked for.</summary>
    public ulong Proposed(int shell) => model.Proposed(shells[shell]);

    /// <summary>A letter along this acceptor's link would do nothing now, nor ever after.</summary>
    public bool IsDead(int shell, int acceptor, int letter) => dead.IsDead(shell, acceptor, letter);

    /// <summary>What can come of it; nothing where the player takes no such step. The first has every write durable.</summary>
    public PlayerStep[] Do(int shell, Cue cue)
    {
        if (steps.TryGetValue(cue.Key(shell), out var known))
            return known;
        var made = new PlayerStep[renamings.Count][];
        for (var renaming = 0; renaming < made.Length; renaming++)
        {
            var image = images[shell][renaming];
            var imageCue = cue.Renamed(renamings[renaming]);
            made[renaming] = steps[imageCue.Key(image)] = Make(image, imageCue);
            if (made[renaming].Length != made[0].Length)
                throw NotAlike();
        }
        for (var i = 0; i < made[0].Length; i++)
            SetImages([.. made.Select(alternatives => alternatives[i].After)]);
        for (var renaming = 0; renaming < made.Length; renaming++)
        {
            foreach (var step in made[renaming])
            {
                if (step.Step.Broken is null)
                    dead.AddStep(images[shell][renaming], step.After);
            }
        }
        return made[0];
    }

    private PlayerStep[] Make(int shell, Cue cue)
    {
        var made = cue.Act switch
        {
            Act.Begin => model.Begin(shells[shell], late: cue.Argument == 1),
            Act.Retry => model.Retry(shells[shell]),
            Act.Receive => Receive(shells[shell], cue),
            _ => [model.Crash(shells[shell])],
        };
        return [.. made.Select(step => new PlayerStep(shells.Id(step.After), step))];
    }

    private Step[] Receive(Shell shell, Cue cue)
    {
        var (from, _, message) = letters[cue.Argument];
        if (from == Letter.AnAcceptor)
            return model.Receive(shell, cast.Acceptor(cue.Acceptor).Node, message);
        if (from != Letter.Anyone)
            return model.Receive(shell, cast.Players[from].Place.Node, message);
        var made = model.Receive(shell, cast.Acceptor(0).Node, message);
        var again = model.Receive(shell, cast.Configuration.Everyone[^1], message);
        if (made.Length != again.Length || (made.Length > 0 && !made[0].After.Equals(again[0].After)))
            throw new InvalidOperationException($"{Player.Place} looks at who says {message}; the check takes all senders of it for one.");
        return made;
    }

    private void SetImages(int[] after)
    {
        while (images.Count < shells.Count)
            images.Add([]);
        for (var renaming = 0; renaming < renamings.Count; renaming++)
        {
            var row = images[after[renaming]];
            if (row.Length == 0)
                images[after[renaming]] = row = [.. Enumerable.Repeat(-1, renamings.Count)];
            for (var next = 0; next < renamings.Count; next++)
            {
                var image = after[renamings.After(next, renaming)];
                if (row[next] >= 0 && row[next] != image)
                    throw NotAlike();
                row[next] = image;
            }
        }
    }

    private InvalidOperationException NotAlike() =>
        new($"{Player.Place} does not treat all acceptors alike; the check takes their names for exchangeable.");
}
