using System.Text;

namespace Paxos.Node.Configuration;

/// <summary>One setting, or one section, and the line where it stands.</summary>
internal readonly record struct HoconEntry(string Path, int Line, bool IsSection);

/// <summary>
/// Which settings stand where in a HOCON text. Akka's own parser takes an unclosed section, a missing '=' or two settings on a
/// line without a word and reads something else; this one says so, with the line. It knows the syntax only, not the values.
/// </summary>
internal sealed class HoconOutline
{
    /// <summary>Deeper than anything of Akka's. Each level is a call on the stack, here and in Akka's parser.</summary>
    private const int MaxDepth = 100;

    private readonly List<HoconEntry> entries = [];
    private readonly string file;
    private readonly string text;
    private int at;
    private int line = 1;
    private int depth;

    private HoconOutline(string file, string text)
    {
        this.file = file;
        this.text = text;
    }

    /// <exception cref="UsageException">The text is no HOCON that Akka reads as it was meant; the message begins with file and line.</exception>
    public static IReadOnlyList<HoconEntry> Read(string file, string text)
    {
        var outline = new HoconOutline(file, text);
        outline.SkipBlank();
        // JSON's form of the same: braces around it all.
        if (outline.Peek() == '{')
            outline.ReadSection("");
        else
            outline.ReadSettings("", openedOn: 0);
        outline.SkipBlank();
        if (outline.Peek() is not null)
            throw outline.Wrong("the file goes on after its last '}'.");
        return outline.entries;
    }

    private void ReadSection(string path)
    {
        var openedOn = line;
        Descend();
        ReadSettings(path, openedOn);
        depth--;
    }

    private void ReadSettings(string path, int openedOn)
    {
        while (true)
        {
            SkipBlank();
            switch (Peek())
            {
                case null when openedOn > 0:
                    throw Wrong($"the '{{' of line {openedOn}{(path.Length > 0 ? $" ({path})" : "")} is never closed: add a '}}'.");
                case null:
                    return;
                case '}' when openedOn > 0:
                    at++;
                    return;
                case '}':
                    throw Wrong("this '}' closes nothing: remove it, or look above for one too many.");
                default:
                    ReadSetting(path);
                    break;
            }
        }
    }

    private void ReadSetting(string section)
    {
        var startedOn = line;
        var key = ReadKey();
        if (key == "include" || key.StartsWith("include ", StringComparison.Ordinal))
            throw Wrong("include is not supported: put everything in this file.");
        var path = section.Length > 0 ? $"{section}.{key}" : key;
        var next = Peek();
        if (next is '=' or ':')
        {
            at++;
            SkipSpaces();
            next = Peek();
        }
        else if (next != '{')
        {
            throw Wrong(key.Contains(' ') ? $"'{key}' has no '=': write KEY = VALUE." : $"'{key}' has no value: write {key} = VALUE.");
        }
        if (key.Length == 0)
            throw Wrong("a setting without a name: write KEY = VALUE.");
        if (key.Contains(' '))
            throw Wrong($"'{key}': a name holds no spaces: one setting a line, KEY = VALUE.");
        entries.Add(new HoconEntry(path, startedOn, next == '{'));
        if (next == '{')
            ReadSection(path);
        else
            ReadValue(path);
        ExpectEnd(path);
    }

    private string ReadKey()
    {
        var key = new StringBuilder();
        while (Peek() is { } c and not ('=' or ':' or '{' or '}' or '\n' or '#' or ','))
        {
            if (c == '"')
                key.Append(ReadQuoted());
            else
                key.Append(text[at++]);
        }
        return key.ToString().Trim();
    }

    private void ReadValue(string path, int listOpenedOn = 0)
    {
        switch (Peek())
        {
            case '"':
                ReadQuoted();
                break;
            case '[':
                ReadList(path);
                break;
            default:
                ReadUnquoted(path, listOpenedOn);
                break;
        }
    }

    private void ReadList(string path)
    {
        var openedOn = line;
        Descend();
        while (true)
        {
            SkipBlank();
            switch (Peek())
            {
                case null or '=' or '}':
                    throw Unclosed(path, openedOn);
                case ']':
                    at++;
                    depth--;
                    return;
                case '{':
                    ReadSection(path);
                    break;
                default:
                    ReadValue(path, openedOn);
                    break;
            }
        }
    }

    // Into the section or the list that begins here.
    private void Descend()
    {
        if (++depth > MaxDepth)
            throw Wrong($"sections and lists are more than {MaxDepth} deep here.");
        at++;
    }

    private string ReadQuoted()
    {
        var fence = string.CompareOrdinal(text, at, "\"\"\"", 0, 3) == 0 ? "\"\"\"" : "\"";
        var start = at + fence.Length;
        for (at = start; at < text.Length && string.CompareOrdinal(text, at, fence, 0, fence.Length) != 0; at++)
        {
            if (text[at] == '\n' && fence.Length == 1)
                break;
            if (text[at] == '\n')
                line++;
            if (text[at] == '\\' && fence.Length == 1)
                at++;
        }
        if (at >= text.Length || text[at] != '"')
            throw Wrong("a '\"' is never closed: end the text with another.");
        var quoted = text[start..at];
        at += fence.Length;
        return quoted;
    }

    private void ReadUnquoted(string path, int listOpenedOn)
    {
        var start = at;
        while (Peek() is { } c and not ('\n' or ',' or '}' or ']' or '#') && !(c == '/' && Peek(1) == '/'))
        {
            if (c == '$' && Peek(1) == '{')
                at = Math.Max(at, text.IndexOf('}', at));
            else if (c == '=' && listOpenedOn > 0)
                throw Unclosed(path, listOpenedOn);
            else if (c is '=' or ':' or '"' or '{' or '[')
                throw Wrong($"the value of {path} holds a '{c}': put it in quotes, and one setting a line.");
            at++;
        }
        if (text[start..at].Trim().Length == 0)
            throw Wrong($"{path} has no value: write one after the '='.");
    }

    // Akka reads { a = "x" b = 1 } as a = "x b": after a value, the line, the section or the list ends, or a comma comes.
    private void ExpectEnd(string path)
    {
        SkipSpaces();
        if (Peek() is { } c and not ('\n' or ',' or '}' or '#') && !(c == '/' && Peek(1) == '/'))
            throw Wrong($"something follows the value of {path}: one setting a line.");
    }

    private void SkipSpaces()
    {
        while (Peek() is { } c and not '\n' && char.IsWhiteSpace(c))
            at++;
    }

    private void SkipBlank()
    {
        while (Peek() is { } c)
        {
            if (c == '#' || (c == '/' && Peek(1) == '/'))
                at = text.IndexOf('\n', at) is var end and >= 0 ? end : text.Length;
            else if (c == '\n')
                (at, line) = (at + 1, line + 1);
            else if (c == ',' || char.IsWhiteSpace(c))
                at++;
            else
                return;
        }
    }

    private char? Peek(int ahead = 0) => at + ahead < text.Length ? text[at + ahead] : null;

    private UsageException Unclosed(string path, int openedOn) => new($"{file}:{openedOn}: the '[' of {path} is never closed: add a ']'.");

    private UsageException Wrong(string what) => new($"{file}:{line}: {what}");
}
