using System.Globalization;

namespace Paxos.Actors.Storage;

/// <summary>
/// Keeps a data directory to one process, for as long as that lives: the system lets go of the lock when it ends, however it
/// ends. Who holds it stands in a file beside, since a locked file cannot be read.
/// </summary>
internal sealed class DirectoryLock : IDisposable
{
    private readonly FileStream file;

    private DirectoryLock(FileStream file) => this.file = file;

    /// <exception cref="PaxosConfigurationException">Another process holds the lock, or the file system has no locks.</exception>
    /// <exception cref="IOException">The lock file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The lock file cannot be written.</exception>
    public static DirectoryLock Take(string directory)
    {
        var path = Path.Combine(directory, "lock");
        var pidPath = Path.Combine(directory, "pid");
        var file = Open(path) ?? throw InUse(directory, pidPath);
        try
        {
            // A second try must fail. Where it does not, the file system has no locks or .NET was told not to use them.
            if (Open(path) is { } second)
            {
                second.Dispose();
                throw new PaxosConfigurationException(
                    $"The data directory {directory} cannot be locked: its file system has no file locks, or they are switched off "
                    + "(DOTNET_SYSTEM_IO_DISABLEFILELOCKING). Put it on a local disk: two processes on one directory would destroy it.");
            }
            File.WriteAllText(pidPath, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            return new DirectoryLock(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public void Dispose() => file.Dispose();

    private static FileStream? Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (StorageFault.IsLocked(e))
        {
            return null;
        }
    }

    private static PaxosConfigurationException InUse(string directory, string pidPath)
    {
        string pid;
        try
        {
            pid = File.ReadAllText(pidPath);
        }
        catch (IOException)
        {
            pid = "unknown";
        }
        return new PaxosConfigurationException(
            $"The data directory {directory} is in use by another process (pid {pid}): end that one, or give this node a directory "
            + "of its own.");
    }
}
