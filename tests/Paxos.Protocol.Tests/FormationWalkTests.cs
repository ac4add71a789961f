using System.Globalization;

namespace Paxos.Protocol.Tests;

/// <summary>Random interleavings of Hellos (lost, late, repeated), writes, crashes and wiped data directories.</summary>
public sealed class FormationWalkTests
{
    private const int Walks = 4000;
    private const int Steps = 250;

    [Fact]
    public void No_second_genesis_opens_while_a_directory_of_the_first_is_left()
    {
        var seen = new SortedDictionary<string, int>();
        for (var seed = 0; seed < Walks; seed++)
        {
            var walk = new Walk(seed, forgets: false);
            Assert.True(walk.Run(Steps) is null, walk.Violation);
            foreach (var mark in walk.Marks)
                seen[mark] = seen.GetValueOrDefault(mark) + 1;
        }
        // What never happened was not tested.
        Assert.All(Walk.AllMarks, mark => Assert.True(seen.GetValueOrDefault(mark) > 0, $"never happened: {mark}"));
    }

    [Fact]
    public void Without_wiped_directories_all_open_in_the_end()
    {
        for (var seed = 0; seed < Walks / 4; seed++)
        {
            var walk = new Walk(seed, forgets: false, wipes: 0);
            Assert.True(walk.Run(Steps) is null, walk.Violation);
            walk.TalkItOver();
            Assert.True(walk.AllAreOpen, $"seed {seed}");
        }
    }

    [Fact]
    public void With_wiped_directories_every_node_says_for_whom_it_waits_or_why_it_refuses()
    {
        for (var seed = 0; seed < Walks / 4; seed++)
        {
            var walk = new Walk(seed, forgets: false);
            Assert.True(walk.Run(Steps) is null, walk.Violation);
            walk.TalkItOver();
            Assert.True(walk.AllAreOpenOrExplain, $"seed {seed}");
        }
    }

    [Fact]
    public void The_walks_find_out_a_node_that_forgets_what_it_showed()
    {
        var found = Enumerable.Range(0, Walks).Any(seed => new Walk(seed, forgets: true).Run(Steps) is not null);
        Assert.True(found, "No walk found it: these walks could not fail.");
    }

    private sealed class Walk
    {
        public static readonly string[] AllMarks =
        [
            "crash", "crash kept the write", "wipe", "opened", "late Hello", "another incarnation", "wiped after opened",
            "different beginnings", "all replaced, and opened again",
        ];

        private readonly Random random;
        private readonly int seed;
        private readonly bool forgets;
        private readonly FormingNode[] nodes = [new("a", 1), new("b", 2), new("c", 3)];
        private readonly List<(Member From, FormingNode To, Hello Hello)> said = [];
        private readonly List<Configuration> opened = [];
        private readonly int wipeShare;
        private readonly int crashShare;
        private readonly int lateOneIn;
        private int incarnations = 3;
        private int wipes;

        public Walk(int seed, bool forgets, int? wipes = null)
        {
            (this.seed, this.forgets) = (seed, forgets);
            random = new Random(seed);
            this.wipes = wipes ?? random.Next(10);
            // Walks differ in their habits, so that together they get everywhere.
            wipeShare = random.Next(1, 7);
            crashShare = random.Next(1, 12);
            lateOneIn = random.Next(3) == 0 ? 4 : 200;
        }

        public HashSet<string> Marks { get; } = [];

        public string? Violation { get; private set; }

        public bool AllAreOpen => nodes.All(node => node.Formation.State == FormationState.Open);

        public bool AllAreOpenOrExplain => nodes.All(node =>
            node.Formation.State == FormationState.Open || node.Formation.Reason is not null || node.Formation.WaitingFor.Any());

        public string? Run(int steps)
        {
            for (var step = 0; step < steps && Violation is null; step++)
            {
                Step(nodes[random.Next(nodes.Length)]);
                Check();
            }
            return Violation;
        }

        /// <summary>From here on nothing is lost and nobody crashes.</summary>
        public void TalkItOver()
        {
            for (var round = 0; round < 5; round++)
                Round();
            Check();
        }

        /// <summary>All speak to all, and all is written.</summary>
        private void Round()
        {
            foreach (var from in nodes)
            {
                foreach (var to in nodes)
                {
                    to.WriteAll();
                    if (from != to && from.HelloTo(to) is { } hello)
                        to.Hear(from.Identity.Member, hello);
                    to.WriteAll();
                }
            }
        }

        private void Step(FormingNode node)
        {
            switch (random.Next(100))
            {
                case < 4:
                    Round();
                    break;
                case < 35:
                    var to = nodes[random.Next(nodes.Length)];
                    if (to != node && node.HelloTo(to) is { } hello)
                        said.Add((node.Identity.Member, to, hello));
                    break;
                case < 70 when said.Count > 0:
                    Deliver();
                    break;
                case < 83 when node.IsWriting:
                    node.Written(markFormed: random.Next(2) == 0);
                    break;
                case var share when share >= 100 - wipeShare - crashShare && share < 100 - wipeShare:
                    // At times the power fails for all.
                    foreach (var one in Some(node))
                        Crash(one);
                    break;
                case var share when share >= 100 - wipeShare && wipes > 0:
                    wipes--;
                    foreach (var one in Some(node))
                        one.Wipe(++incarnations);
                    Mark("wipe");
                    if (opened.Count > 0)
                        Mark("wiped after opened");
                    break;
            }
        }

        private FormingNode[] Some(FormingNode node) => random.Next(4) == 0 ? nodes : [node];

        private void Deliver()
        {
            // Mostly what was said lately; sometimes anything that was ever said.
            var late = random.Next(lateOneIn) == 0;
            var (from, to, hello) = said[late ? random.Next(said.Count) : random.Next(Math.Max(0, said.Count - 6), said.Count)];
            if (late)
                Mark("late Hello");
            to.Hear(from, hello);
            if (to.Formation.Reason is { } reason)
                Mark(reason.Contains("different beginnings") ? "different beginnings" : "another incarnation");
        }

        private void Crash(FormingNode node)
        {
            var keeps = random.Next(2) == 0;
            if (keeps && node.IsWriting)
                Mark("crash kept the write");
            Mark("crash");
            if (forgets && node.Journal.Count > 1)
                node.Forget(kept: 1);
            else
                node.Crash(keeps);
        }

        private void Check()
        {
            foreach (var node in nodes)
            {
                if (node.Formation.State != FormationState.Open || opened.Contains(node.Formation.Genesis!))
                    continue;
                foreach (var first in opened)
                {
                    if (nodes.FirstOrDefault(other => first.Voters.Contains(other.Identity.Member)) is { } left)
                    {
                        Violation = string.Create(
                            CultureInfo.InvariantCulture,
                            $"seed {seed}: node {node.Id} opened a second genesis, though {left.Id} still has its directory of the first");
                    }
                    Mark("all replaced, and opened again");
                }
                opened.Add(node.Formation.Genesis!);
                Mark("opened");
            }
        }

        private void Mark(string mark) => Marks.Add(mark);
    }
}
