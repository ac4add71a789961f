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
        var isOurFile = plugin.GetString("provider-name", "").StartsWith("SQLite", StringComparison.Ordinal)
            && string.IsNullOrEmpty(plugin.GetString("connection-string", ""));
        if (!isOurFile)
            return new JournalNumber(settings.JournalPlugin, start: null);
        var file = directory.JournalFile;
        SqliteFiles.Prepare(file, mayCreate: !directory.IsFormed);
        var section = ConfigurationFactory.ParseString(
            $"{settings.JournalPlugin}.connection-string = \"{SqliteFiles.ConnectionString(file).Replace("\\", "\\\\", StringComparison.Ordinal)}\"");
        system.Settings.InjectTopLevelFallback(section);
        // A table of another name is not counted.
        var isDefaultTable = plugin.GetString("table-mapping", "default") is "default"
            && plugin.GetString("default.journal.table-name", "journal") is "journal";
        return new JournalNumber(file, isDefaultTable ? SqliteFiles.HighestOrdering(file) : null);
    }
}
