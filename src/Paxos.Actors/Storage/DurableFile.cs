using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Paxos.Actors.Storage;

/// <summary>Makes durable what the handle was written to. The path is for tests, which see that nothing is left out.</summary>
internal delegate void DiskSync(SafeFileHandle handle, string path);

/// <summary>Files that are there after a power failure, whole or not at all.</summary>
internal sealed class DurableFile(DiskSync? sync = null)
{
    private const int OpenReadOnly = 0;

    private readonly DiskSync sync = sync ?? ((handle, _) => RandomAccess.FlushToDisk(handle));

    /// <summary>Replaces the file: whoever reads it, at any time, finds the old bytes or the new ones.</summary>
    public void Replace(string path, ReadOnlySpan<byte> bytes)
    {
        var next = path + ".new";
        using (var handle = File.OpenHandle(next, FileMode.Create, FileAccess.Write))
        {
            RandomAccess.Write(handle, bytes, 0);
            sync(handle, next);
        }
        File.Move(next, path, overwrite: true);
        SyncDirectory(Path.GetDirectoryName(path)!);
    }

    /// <summary>What was written until now is on the disk.</summary>
    public void Sync(SafeFileHandle handle, string path) => sync(handle, path);

    /// <summary>What was written under another name becomes durable, and takes this one.</summary>
    public void Publish(SafeFileHandle handle, string next, string path)
    {
        sync(handle, next);
        File.Move(next, path, overwrite: true);
        SyncDirectory(Path.GetDirectoryName(path)!);
    }

    /// <summary>
    /// Makes names durable: a file that was created or renamed may be gone after a power failure while its directory was not
    /// written. Windows has no such call, and its file systems log names.
    /// </summary>
    public void SyncDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
            return;
        // .NET opens no directories.
        var descriptor = Open(Encoding.UTF8.GetBytes(path + '\0'), OpenReadOnly);
        if (descriptor < 0)
            throw new IOException($"The directory {path} could not be opened (error {Marshal.GetLastPInvokeError()}).");
        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        sync(handle, path);
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    private static extern int Open(byte[] path, int flags);
}
