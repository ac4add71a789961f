using System.Globalization;

namespace Paxos.TestKit.Tests.SeededBugs;

/// <summary>A mistake in the core or in the actors, made on purpose: a patch in tests/mutants, with lines above the diff that say what it is.</summary>
/// <param name="Mistake">What it does wrong.</param>
/// <param name="Breaks">The invariant that it breaks first.</param>
/// <param name="Options">The bound within which the exhaustive check finds that.</param>
/// <param name="Seeds">Instead: among these seeds the simulator does.</param>
/// <param name="Spec">Instead, of the actors: this spec of tests/Paxos.Actors.Tests does, CLASS.METHOD. Null: it is one of the core.</param>
/// <param name="Source">Who has made it before; empty: nobody whom we know.</param>
/// <param name="Found">After how much it was found when it was last looked at: states, or storms and steps.</param>
internal sealed record SeededBug(
    string Patch, string Mistake, string Breaks, IReadOnlyDictionary<string, int> Options, (int First, int Last)? Seeds, string? Spec, string Source, string Found)
{
    public static string Folder => Path.Combine(Repository.Root, "tests", "mutants");

    public static IEnumerable<SeededBug> All => Directory.EnumerateFiles(Folder, "*.patch").Select(file => Read(Path.GetFileNameWithoutExtension(file)));

    public string Name => Path.GetFileNameWithoutExtension(Patch);

    public static SeededBug Read(string name)
    {
        var patch = Path.Combine(Folder, name + ".patch");
        var lines = File.ReadAllLines(patch);
        var seeds = Find(lines, "Seeds")?.Split("..") is [var first, var last]
            ? (int.Parse(first, CultureInfo.InvariantCulture), int.Parse(last, CultureInfo.InvariantCulture))
            : ((int First, int Last)?)null;
        var spec = Find(lines, "Spec");
        var options = seeds is null && spec is null ? Header(lines, "Options") : "";
        return new SeededBug(patch, Header(lines, "Mistake"), Header(lines, "Breaks"), ParseOptions(options), seeds, spec, Find(lines, "Source") ?? "", Find(lines, "Found") ?? "");
    }

    public static Dictionary<string, int> ParseOptions(string text) => text
        .Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .Select(option => option.Split('='))
        .ToDictionary(option => option[0], option => int.Parse(option[1], CultureInfo.InvariantCulture), StringComparer.OrdinalIgnoreCase);

    private static string Header(string[] lines, string name) =>
        Find(lines, name) ?? throw new InvalidDataException($"A patch says above its diff '# {name}: …'.");

    private static string? Find(string[] lines, string name)
    {
        var start = $"# {name}: ";
        return Array.Find(lines, line => line.StartsWith(start, StringComparison.Ordinal))?[start.Length..];
    }
}
