using System.Globalization;

namespace Paxos.TestKit.Tests.SeededBugs;

/// <summary>A mistake in the core, made on purpose: a patch in tests/mutants, with lines above the diff that say what it is.</summary>
/// <param name="Mistake">What it does wrong.</param>
/// <param name="Breaks">The invariant that it breaks first.</param>
/// <param name="Options">The bound within which that is found.</param>
internal sealed record SeededBug(string Patch, string Mistake, string Breaks, IReadOnlyDictionary<string, int> Options)
{
    public static string Folder => Path.Combine(Repository.Root, "tests", "mutants");

    public static SeededBug Read(string name)
    {
        var patch = Path.Combine(Folder, name + ".patch");
        var lines = File.ReadAllLines(patch);
        return new SeededBug(patch, Header(lines, "Mistake"), Header(lines, "Breaks"), ParseOptions(Header(lines, "Options")));
    }

    public static Dictionary<string, int> ParseOptions(string text) => text
        .Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .Select(option => option.Split('='))
        .ToDictionary(option => option[0], option => int.Parse(option[1], CultureInfo.InvariantCulture), StringComparer.OrdinalIgnoreCase);

    private static string Header(string[] lines, string name)
    {
        var start = $"# {name}: ";
        return Array.Find(lines, line => line.StartsWith(start, StringComparison.Ordinal))?[start.Length..]
            ?? throw new InvalidDataException($"A patch says above its diff '{start}…'.");
    }
}
