using Akka.Actor;
using Akka.Configuration;

namespace Paxos.Actors.Storage;

/// <summary>Points the journal plugin at the data directory, and checks the file before the plugin opens it.</summary>
internal static class JournalSetup
{
    /// <exception cref="PaxosConfigurationException">The plugin or the file cannot be used; the message says what to do.</exception>
    public static JournalNumber Prepare(ExtendedActorSystem system, PaxosSettings settings, DataDirectory directory)
    {
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
        return new JournalNumber(file, SqliteFiles.HighestOrdering(file));
    }
}
