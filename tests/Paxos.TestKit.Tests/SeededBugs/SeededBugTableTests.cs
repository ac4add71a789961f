namespace Paxos.TestKit.Tests.SeededBugs;

/// <summary>docs/seeded-bugs.md lists what the patches say of themselves. <c>PAXOS_REWRITE=1</c> writes it anew.</summary>
public sealed class SeededBugTableTests
{
    private const string Mark = "<!-- The rows below are made from tests/mutants. -->";

    private static readonly string Page = Path.Combine(Repository.Root, "docs", "seeded-bugs.md");

    [Fact]
    public void The_page_lists_every_mistake()
    {
        var text = File.ReadAllText(Page);
        var head = text[..(text.IndexOf(Mark, StringComparison.Ordinal) + Mark.Length)];
        var expected = $"{head}\n\n{Table()}";
        if (Environment.GetEnvironmentVariable("PAXOS_REWRITE") == "1")
            File.WriteAllText(Page, expected);
        else
            Assert.Equal(expected, text);
    }

    private static string Table()
    {
        var bugs = SeededBug.All.OrderBy(bug => bug.Name, StringComparer.Ordinal).ToList();
        var core = bugs.Where(bug => bug.Spec is null)
            .Select(bug => $"| {Number(bug)} | {bug.Mistake} | {bug.Source} | {bug.Breaks} | {FoundBy(bug)} | {bug.Found} |\n");
        var actors = bugs.Where(bug => bug.Spec is not null)
            .Select(bug => $"| {Number(bug)} | {bug.Mistake} | {bug.Source} | {bug.Breaks} | {bug.Spec!.Replace(".", ": ", StringComparison.Ordinal).Replace('_', ' ')} |\n");
        return $"| | Mistake in the core | Made before by | Breaks | Found by | After |\n|---|---|---|---|---|---|\n{string.Concat(core)}\n"
            + $"| | Mistake in the actors | Made before by | Breaks | Found by the spec |\n|---|---|---|---|---|\n{string.Concat(actors)}";
    }

    private static string Number(SeededBug bug) => bug.Name[..2];

    private static string FoundBy(SeededBug bug) => bug.Seeds is var (first, last)
        ? $"simulator, seed{(first == last ? $" {first}" : $"s {first} to {last}")}"
        : $"exhaustive check, {string.Join(", ", bug.Options.Select(option => $"{option.Key.ToLowerInvariant()} {option.Value}"))}";
}
