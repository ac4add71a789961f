using Microsoft.Data.Sqlite;
using Paxos.Protocol;
namespace Paxos.Actors.Storage;

internal sealed class DataDirectory : IDisposable
{
    public Identity Identity { get; init; } = null!;
    public bool IsFormed { get; private set; }
    public string JournalFile { get; init; } = "";
    public void MarkFormed() { IsFormed = true; File.WriteAllText(Path.Combine(Path.GetDirectoryName(JournalFile)!, "formed"), Identity.Incarnation.ToString()); }
    public static DataDirectory Open(string path, string cluster, NodeId node, bool bootstrap)
    {
        Directory.CreateDirectory(path);
        var f = Path.Combine(path, "formed");
        var inc = File.Exists(f) && Incarnation.TryParse(File.ReadAllText(f), out var i) ? i : new Incarnation(UInt128.Parse(Guid.NewGuid().ToString("N"), System.Globalization.NumberStyles.HexNumber));
        return new DataDirectory { Identity = new Identity(cluster, node, inc), JournalFile = Path.Combine(path, "journal.db"), IsFormed = File.Exists(f) };
    }
    public void Dispose() { }
}
internal static class SqliteFiles
{
    public static void Prepare(string file, bool mayCreate)
    {
        using var c = new SqliteConnection(ConnectionString(file));
        c.Open();
        using var cmd = c.CreateCommand();
        cmd.CommandText = "PRAGMA journal_mode=WAL";
        cmd.ExecuteNonQuery();
    }
    public static string ConnectionString(string file) => $"Data Source={file}";
    public static ulong HighestOrdering(string file)
    {
        using var c = new SqliteConnection(ConnectionString(file));
        c.Open();
        using var cmd = c.CreateCommand();
        cmd.CommandText = "SELECT MAX(ordering) FROM journal";
        try { return cmd.ExecuteScalar() is long l ? (ulong)l : 0; } catch (SqliteException) { return 0; }
    }
}

