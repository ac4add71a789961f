using Akka.Configuration;

namespace Paxos.Actors.Storage;

/// <summary>The section of a <see cref="SqliteJournal"/>. What each setting means stands in reference.conf.</summary>
internal sealed class SqliteJournalSettings
{
    /// <exception cref="PaxosConfigurationException">A setting makes no sense; the message names it.</exception>
    public SqliteJournalSettings(Config section, string path)
    {
        var read = new SettingReader(section, path);
        ConnectionString = read.Text("connection-string");
        MayInitialize = section.GetBoolean("auto-initialize");
        CommitBytes = read.AtLeastOne("commit-bytes");
        ReplayRows = read.AtLeastOne("replay-rows");
        ReplayBytes = read.AtLeastOne("replay-bytes");
        DeleteRows = read.AtLeastOne("delete-rows");
        DeleteBytes = read.AtLeastOne("delete-bytes");
    }

    public string ConnectionString { get; }

    /// <summary>Makes the table where there is none.</summary>
    public bool MayInitialize { get; }

    public int CommitBytes { get; }

    public int ReplayRows { get; }

    public int ReplayBytes { get; }

    public int DeleteRows { get; }

    public int DeleteBytes { get; }
}
