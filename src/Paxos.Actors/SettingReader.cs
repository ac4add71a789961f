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

    public TimeSpan Duration(string setting)
    {
        TimeSpan duration;
        try
        {
            duration = section.GetTimeSpan(setting, null, allowInfinite: false);
        }
        catch (Exception e) when (e is FormatException or ConfigurationException)
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
        catch (Exception e) when (e is FormatException or OverflowException or ConfigurationException)
        {
            throw Wrong(setting, $"is no whole number ({e.Message})");
        }
        if (number < min)
            throw Wrong(setting, string.Create(CultureInfo.InvariantCulture, $"is {number}: it must be {min} or more"));
        return number <= max ? number : throw Wrong(setting, string.Create(CultureInfo.InvariantCulture, $"is {number}: it must be {max} or less"));
    }

    public PaxosConfigurationException Wrong(string setting, string what) => Wrong(path, setting, what);

    public static PaxosConfigurationException Wrong(string path, string setting, string what) => new($"The setting {path}.{setting} {what}.");
}
