using System.Text;
using Akka.Configuration;
using Akka.Configuration.Hocon;
using Paxos.Actors;

namespace Paxos.Node.Configuration;

/// <summary>A node's HOCON file, checked for what a parser alone would let pass: its syntax, its spelling, ids that come twice.</summary>
internal static class NodeFile
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The file's text, which means what it says.</summary>
    /// <exception cref="UsageException">The file can't be read, or holds a mistake; the message names file and line.</exception>
    public static string Read(string path)
    {
        if (Directory.Exists(path))
            throw new UsageException($"--config: '{path}' is a directory: name a file.");
        string text;
        try
        {
            text = File.ReadAllText(path, Strict);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UsageException(e is DecoderFallbackException ? $"{path}: the file is not UTF-8." : $"--config: {e.Message}");
        }
        var entries = HoconOutline.Read(path, text);
        Parse(path, text);
        if (!entries.Any(entry => entry.Path.StartsWith("paxos", StringComparison.Ordinal)))
            throw new UsageException($"{path}: there is no section paxos {{ }}: see hocon/node-a.conf for one.");
        CheckMembersOnce(path, entries);
        CheckSpelling(path, entries);
        return text;
    }

    /// <param name="source">What the text is, for the message.</param>
    public static Config Parse(string source, string text)
    {
        try
        {
            return ConfigurationFactory.ParseString(text);
        }
        // The parser has no exception type of its own, and meets some mistakes with a null reference.
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new UsageException($"{source}: {e.Message.Split('\n')[0]}");
        }
    }

    // HOCON merges what comes twice: of two nodes with one id the first would silently be gone.
    private static void CheckMembersOnce(string path, IReadOnlyList<HoconEntry> entries)
    {
        var first = new Dictionary<string, int>();
        foreach (var entry in entries.Where(entry => entry.IsSection && entry.Path.StartsWith("paxos.members.", StringComparison.Ordinal)))
        {
            if (!first.TryAdd(entry.Path, entry.Line))
            {
                var id = entry.Path["paxos.members.".Length..];
                throw new UsageException($"{path}:{entry.Line}: the member '{id}' is there twice (first on line {first[entry.Path]}): ids are unique.");
            }
        }
    }

    private static void CheckSpelling(string path, IReadOnlyList<HoconEntry> entries)
    {
        var known = PaxosExtension.DefaultConfig().Root.GetObject();
        var plugins = entries
            .Where(entry => entry.Path.EndsWith(".class", StringComparison.Ordinal) || entry.Path.EndsWith(".type", StringComparison.Ordinal))
            .Select(entry => entry.Path[..entry.Path.LastIndexOf('.')])
            .ToList();
        foreach (var entry in entries.Where(entry => entry.Path.StartsWith("paxos.", StringComparison.Ordinal)))
        {
            if (plugins.Any(plugin => entry.Path == plugin || entry.Path.StartsWith(plugin + ".", StringComparison.Ordinal)))
                continue;
            if (Unknown(known, entry.Path.Split('.')) is { } word)
                throw new UsageException($"{path}:{entry.Line}: there is no setting '{entry.Path}'.{Spelling.Hint(word.Given, word.Known)}");
        }
    }

    // The first word of the path that no setting has; null where all is well, or anyone's guess.
    private static (string Given, IEnumerable<string> Known)? Unknown(HoconObject section, string[] words)
    {
        for (var i = 0; i < words.Length; i++)
        {
            if (words[i] == "members" && i == 1)
                return words.Length == 4 && words[3] is not ("address" or "roles") ? (words[3], ["address", "roles"]) : null;
            if (section.GetKey(words[i]) is not { } value)
                return (words[i], section.Items.Keys);
            // A plugin's section takes what the plugin takes.
            if (!value.IsObject() || value.GetObject().GetKey("class") is not null || value.GetObject().GetKey("type") is not null)
                return null;
            section = value.GetObject();
        }
        return null;
    }
}
