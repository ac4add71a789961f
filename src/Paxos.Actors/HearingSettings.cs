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
    }

    public TimeSpan Interval { get; }

    public int Patience { get; }
}
