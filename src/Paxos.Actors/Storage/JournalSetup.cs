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
        // So that the plugin need not, which looks for it again at every start and makes more indexes than anybody asks for.
        if (isDefaultTable)
            SqliteFiles.MakeJournal(file);
        var section = ConfigurationFactory.ParseString(
            $"""
            {settings.JournalPlugin}.connection-string = "{SqliteFiles.ConnectionString(file).Replace("\\", "\\\\", StringComparison.Ordinal)}"
            {settings.JournalPlugin}.auto-initialize = {(isDefaultTable ? "off" : "on")}
            """);
        system.Settings.InjectTopLevelFallback(section);
        return new JournalNumber(file, isDefaultTable ? SqliteFiles.HighestOrdering(file) : null);
    }
}
