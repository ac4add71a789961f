namespace Paxos.Node.Local;

/// <summary>How this program was started, and so how it starts itself again: by its own executable, or by dotnet with its assembly.</summary>
internal static class Launcher
{
    private static readonly string Assembly = typeof(Launcher).Assembly.Location;

    public static string Program => Environment.ProcessPath ?? "paxos";

    /// <summary>What comes before a command's own arguments.</summary>
    public static IReadOnlyList<string> FirstArguments => IsDotnet ? [Assembly] : [];

    /// <summary>A line that can be pasted into a shell in this directory.</summary>
    public static string CommandLine(IEnumerable<string> arguments)
    {
        IEnumerable<string> words = IsDotnet ? ["dotnet", Nearer(Assembly)] : [Nearer(Program)];
        return string.Join(' ', words.Concat(arguments).Select(Quoted));
    }

    private static bool IsDotnet => Path.GetFileNameWithoutExtension(Program) == "dotnet";

    private static string Nearer(string path)
    {
        var relative = Path.GetRelativePath(Environment.CurrentDirectory, path);
        if (relative.StartsWith("..", StringComparison.Ordinal))
            return path;
        return relative.Contains(Path.DirectorySeparatorChar) ? relative : Path.Combine(".", relative);
    }

    private static string Quoted(string word) => word.Contains(' ') ? $"\"{word}\"" : word;
}
