using System.Reflection;

namespace Paxos.TestKit.Scenarios;

/// <summary>The scenario files that come with the product: the lecture, one case a file.</summary>
public static class ScenarioLibrary
{
    private const string Prefix = "Scenarios/";
    private static readonly Assembly Assembly = typeof(ScenarioLibrary).Assembly;

    /// <summary>Their names, in the order in which to read them.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. Assembly.GetManifestResourceNames()
            .Where(resource => resource.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(resource => Path.GetFileNameWithoutExtension(resource[Prefix.Length..]))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>All of them, in the same order.</summary>
    public static IReadOnlyList<Scenario> BuiltIn => [.. Names.Select(name => Open(name)!)];

    /// <summary>
    /// Opens one by its name, its number (<c>04</c> or <c>4</c>), or its name without the number; null where there is none.
    /// </summary>
    public static Scenario? Open(string name)
    {
        var found = Names.FirstOrDefault(known => known == name || known.Split('-', 2) is [var number, var rest]
            && (rest == name || number.TrimStart('0') == name.TrimStart('0')));
        if (found is null)
            return null;
        using var reader = new StreamReader(Assembly.GetManifestResourceStream($"{Prefix}{found}.txt")!);
        return Scenario.Parse(reader.ReadToEnd(), $"{found}.txt");
    }
}
