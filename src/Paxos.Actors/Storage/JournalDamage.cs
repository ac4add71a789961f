using System.Runtime.Serialization;
using Microsoft.Data.Sqlite;
using Paxos.Actors.Wire;

namespace Paxos.Actors.Storage;

/// <summary>Tells what is final from what passes.</summary>
internal static class JournalDamage
{
    private const int SqliteCorrupt = 11;
    private const int SqliteNotADatabase = 26;

    /// <summary>True where trying again would find the same: a record or the file is damaged.</summary>
    public static bool IsDamage(Exception? exception) => exception switch
    {
        null => false,
        DamagedRecordException or SerializationException => true,
        SqliteException { SqliteErrorCode: SqliteCorrupt or SqliteNotADatabase } => true,
        AggregateException many => many.InnerExceptions.Any(IsDamage),
        _ => IsDamage(exception.InnerException),
    };
}
