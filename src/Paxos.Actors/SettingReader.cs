using System.Globalization;
using Akka.Configuration;
using Paxos.Protocol;

namespace Paxos.Actors;

/// <summary>Reads the settings of one section, and names the one that makes no sense.</summary>
internal sealed class SettingReader(Config section, string path)
{
    public string Id(string setting) => section.GetString(setting) switch
    {
        null or "" => throw Wrong(setting, "is not set"),
        var text when !NodeId.IsValid(text) =>
            throw Wrong(setting, $"is '{text}': it takes 1 to {NodeId.MaxLength} characters of a-z A-Z 0-9 - _ ."),
        var text => text,
    };

    /// <summary>May be empty.</summary>
    public string Text(string setting) => section.GetString(setting) ?? throw Wrong(setting, "is no text: write it in quotes");

    /// <summary>A list of texts; may be empty.</summary>
    public IReadOnlyList<string> Texts(string setting)
    {
        try
        {
            return [.. section.GetStringList(setting)];
        }
        catch (Exception e) when (IsMistake(e) || e is NullReferenceException)
        {
            throw Wrong(setting, "is no list of texts: write [\"...\", \"...\"]");
        }
    }

    public bool Flag(string setting)
    {
        try
        {
            return section.GetBoolean(setting);
        }
        catch (Exception e) when (IsMistake(e))
        {
            throw Wrong(setting, $"is neither on nor off ({e.Message})");
        }
    }

    /// <summary>A section within this one.</summary>
    public Config Section(string setting)
    {
        Config? found;
        try
        {
            found = section.GetConfig(setting);
        }
        // So Akka merges a section with what is none.
        catch (NullReferenceException)
        {
            found = null;
        }
        return found?.Root.IsObject() == true ? found : throw Wrong(setting, "is no section: write { } with its settings between");
    }

    public TimeSpan Duration(string setting)
    {
        TimeSpan duration;
        try
        {
            duration = section.GetTimeSpan(setting, null, allowInfinite: false);
        }
        catch (Exception e) when (IsMistake(e))
        {
            throw Wrong(setting, $"is no duration: write a number and a unit, like 500ms or 5s ({e.Message})");
        }
        return duration > TimeSpan.Zero ? duration : throw Wrong(setting, "must be longer than nothing");
    }

    public int AtLeastOne(string setting) => Number(setting, 1, int.MaxValue);

    /// <summary>A whole number of at least <paramref name="min"/>, and at most <paramref name="max"/>.</summary>
    public int Number(string setting, int min, int max)
    {
        int number;
        try
        {
            number = section.GetInt(setting);
        }
        catch (Exception e) when (IsMistake(e))
        {
            throw Wrong(setting, $"is no whole number ({e.Message})");
        }
        if (number < min)
            throw Wrong(setting, string.Create(CultureInfo.InvariantCulture, $"is {number}: it must be {min} or more"));
        return number <= max ? number : throw Wrong(setting, string.Create(CultureInfo.InvariantCulture, $"is {number}: it must be {max} or less"));
    }

    // What Akka throws where a value is not of the kind that was asked for: each reader another, and at a list for a number a null.
    private static bool IsMistake(Exception e) =>
        e is FormatException or OverflowException or ArgumentException or NotSupportedException or ConfigurationException;

    public PaxosConfigurationException Wrong(string setting, string what) => Wrong(path, setting, what);

    public static PaxosConfigurationException Wrong(string path, string setting, string what) => new($"The setting {path}.{setting} {what}.");
}
