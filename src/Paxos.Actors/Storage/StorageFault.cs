using System.Runtime.Serialization;
using Microsoft.Data.Sqlite;
using Paxos.Actors.Wire;

namespace Paxos.Actors.Storage;

/// <summary>Tells from an exception what is wrong with the disk or with a file on it.</summary>
internal static class StorageFault
{
    private const int SqliteCorrupt = 11;
    private const int SqliteFull = 13;
    private const int SqliteNotADatabase = 26;

    // Akka's replay filter, of records whose writers' names or numbers are in no order that a journal can have. It has no type of its own.
    private const string RefusedByReplayFilter = "Invalid replayed event";

    // .NET hands on the system's own numbers: errno on Unix, HRESULT on Windows.
    private const int NoSpaceUnix = 28;
    private const int QuotaLinux = 122;
    private const int DiskFullWindows = unchecked((int)0x80070070);
    private const int WouldBlockLinux = 11;
    private const int WouldBlockMac = 35;
    private const int SharingViolationWindows = unchecked((int)0x80070020);

    /// <summary>What can be done where a file of a node is damaged: never a backup, which would not know what was promised since.</summary>
    /// <param name="what">The file, with its article.</param>
    public static string WayBack(string what) =>
        $"Bring {what} back exactly as it was when the node last ran (a backup is older, and will not do), or leave the node down: the others go "
        + "on while they are a quorum. Where it is lost, start the node with an empty data directory and --join, and put it in its own place: "
        + "paxos members replace.";

    /// <summary>A record or a SQLite file is damaged, or is none of ours. That is final: trying again would find the same.</summary>
    public static bool IsDamage(Exception? exception) => Any(
        exception,
        e => e is DamagedRecordException or SerializationException
            or SqliteException { SqliteErrorCode: SqliteCorrupt or SqliteNotADatabase }
            || e.Message.StartsWith(RefusedByReplayFilter, StringComparison.Ordinal));

    /// <summary>There is no space left. That passes when there is.</summary>
    public static bool IsDiskFull(Exception? exception) => Any(
        exception,
        e => e is SqliteException { SqliteErrorCode: SqliteFull } or IOException { HResult: NoSpaceUnix or QuotaLinux or DiskFullWindows });

    /// <summary>Another handle, of this process or another, has locked the file.</summary>
    public static bool IsLocked(IOException exception) =>
        exception.HResult is WouldBlockLinux or WouldBlockMac or SharingViolationWindows;

    private static bool Any(Exception? exception, Func<Exception, bool> match) => exception switch
    {
        null => false,
        _ when match(exception) => true,
        AggregateException many => many.InnerExceptions.Any(inner => Any(inner, match)),
        _ => Any(exception.InnerException, match),
    };
}
