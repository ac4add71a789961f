using Akka.Configuration;

namespace Paxos.Actors;

/// <summary>The section <c>paxos.hearing</c>.</summary>
public sealed class HearingSettings
{
    /// <exception cref="PaxosConfigurationException">A setting is missing or makes no sense; the message names it.</exception>
    public HearingSettings(Config hearing)
    {
        var read = new SettingReader(hearing, "paxos.hearing");
        Interval = read.Duration("interval");
        Patience = read.AtLeastOne("patience");
        GroupsARound = read.AtLeastOne("groups-a-round");
    }

    public TimeSpan Interval { get; }

    public int Patience { get; }

    /// <summary>For each so many groups there is one round more.</summary>
    public int GroupsARound { get; }

    /// <summary>After so many rounds without an answer a node of so many groups is not heard any more.</summary>
    public int PatienceOf(int groups) => Patience + (groups / GroupsARound);
}
