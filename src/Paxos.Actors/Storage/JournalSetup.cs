using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence;

namespace Paxos.Actors.Storage;

/// <summary>Points the journal plugin at the data directory, and checks the file before the plugin opens it.</summary>
internal static class JournalSetup
{
    /// <exception cref="PaxosConfigurationException">The plugin or the file cannot be used; the message says what to do.</exception>
    public static JournalNumber Prepare(ExtendedActorSystem system, PaxosSettings settings, DataDirectory directory)
    {
        // Its section may be one that Akka.Persistence brings along.
        Persistence.Instance.Apply(system);
        var plugin = system.Settings.Config.GetConfig(settings.JournalPlugin)
            ?? throw new PaxosConfigurationException(
                $"The setting paxos.journal-plugin is '{settings.JournalPlugin}', and the configuration has no such section.");
        var isOurPlugin = plugin.GetString("class", "").Split(',')[0].Trim() == typeof(SqliteJournal).FullName;
        // Wrong settings stop a node at its start, not its journal later.
        if (isOurPlugin)
            _ = new SqliteJournalSettings(plugin, settings.JournalPlugin);
        var isOurFile = (isOurPlugin || plugin.GetString("provider-name", "").StartsWith("SQLite", StringComparison.Ordinal))
            && string.IsNullOrEmpty(plugin.GetString("connection-string", ""));
        if (!isOurFile)
            return new JournalNumber(settings.JournalPlugin, start: null);
        var file = directory.JournalFile;
        SqliteFiles.Prepare(file, mayCreate: !directory.IsFormed);
        // A table of another name is not counted.
        var isDefaultTable = plugin.GetString("table-mapping", "default") is "default"
            && plugin.GetString("default.journal.table-name", "journal") is "journal";
        var highest = isDefaultTable ? SqliteFiles.HighestOrdering(file) : 0;
        // The table and its indexes are made before the first event is written. To look for them again is a tenth of a node's start.
        var section = ConfigurationFactory.ParseString(
            $"""
            {settings.JournalPlugin}.connection-string = "{SqliteFiles.ConnectionString(file).Replace("\\", "\\\\", StringComparison.Ordinal)}"
            {settings.JournalPlugin}.auto-initialize = {(highest > 0 ? "off" : "on")}
            """);
        system.Settings.InjectTopLevelFallback(section);
        return new JournalNumber(file, isDefaultTable ? highest : null);
    }
}
