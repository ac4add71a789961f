using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Paxos.Actors.Tests.Storage;

/// <summary>
/// Fails what SQLite asks of one directory, for as long as it is told to: SQLite's own file system for this machine, with two of
/// its functions replaced. It serves the whole process; files in other directories are as before.
/// </summary>
internal sealed unsafe class BadDisk : IDisposable
{
    private const int OK = 0;
    private const int Full = 13;
    private const int FailedSync = 10 | (4 << 8);

    // Where the functions stand in sqlite3_vfs and sqlite3_io_methods, whose layout SQLite promises; in pointers.
    private const int VfsSize = 21, VfsName = 3, VfsOpen = 5;
    private const int MethodsSize = 19, MethodWrite = 3, MethodSync = 5;

    private static readonly nint* Original = Find(null);
    private static readonly ConcurrentDictionary<string, BadDisk> Disks = [];
    // By the address of SQLite's handle, which is used again when a file is closed.
    private static readonly ConcurrentDictionary<nint, (string Path, nint Methods)> Open = [];
    private static readonly ConcurrentDictionary<nint, nint> Replaced = [];

    private readonly string directory;
    private int failed;

    static BadDisk()
    {
        var vfs = (nint*)NativeMemory.AllocZeroed(VfsSize, (nuint)sizeof(nint));
        new ReadOnlySpan<nint>(Original, VfsSize).CopyTo(new Span<nint>(vfs, VfsSize));
        vfs[VfsName] = Marshal.StringToCoTaskMemUTF8("failing");
        vfs[VfsOpen] = (nint)(delegate* unmanaged[Cdecl]<nint*, byte*, nint*, int, int*, int>)&OnOpen;
        if (Register(vfs, 1) != OK)
            throw new InvalidOperationException("SQLite does not take the file system.");
    }

    /// <param name="directory">Files in it that are opened from now on can be made to fail.</param>
    public BadDisk(string directory)
    {
        this.directory = directory;
        Disks[directory] = this;
    }

    /// <summary>Each sync fails, and has synced nothing.</summary>
    public bool NoSync { get; set; }

    /// <summary>There is no space: each write fails.</summary>
    public bool NoSpace { get; set; }

    /// <summary>How many calls have failed.</summary>
    public int Failed => Volatile.Read(ref failed);

    public void Dispose() => Disks.TryRemove(directory, out _);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnOpen(nint* vfs, byte* name, nint* file, int flags, int* outFlags)
    {
        var result = ((delegate* unmanaged[Cdecl]<nint*, byte*, nint*, int, int*, int>)Original[VfsOpen])(Original, name, file, flags, outFlags);
        if (result == OK && file[0] != 0 && Marshal.PtrToStringUTF8((nint)name) is { } path && DiskOf(path) is not null)
        {
            Open[(nint)file] = (path, file[0]);
            file[0] = Replaced.GetOrAdd(file[0], Replace);
        }
        return result;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnSync(nint* file, int flags)
    {
        var (path, methods) = Open[(nint)file];
        return DiskOf(path) is { NoSync: true } disk
            ? disk.Fail(FailedSync)
            : ((delegate* unmanaged[Cdecl]<nint*, int, int>)((nint*)methods)[MethodSync])(file, flags);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnWrite(nint* file, void* bytes, int count, long at)
    {
        var (path, methods) = Open[(nint)file];
        return DiskOf(path) is { NoSpace: true } disk
            ? disk.Fail(Full)
            : ((delegate* unmanaged[Cdecl]<nint*, void*, int, long, int>)((nint*)methods)[MethodWrite])(file, bytes, count, at);
    }

    private static nint Replace(nint methods)
    {
        var copy = (nint*)NativeMemory.Alloc(MethodsSize, (nuint)sizeof(nint));
        new ReadOnlySpan<nint>((nint*)methods, MethodsSize).CopyTo(new Span<nint>(copy, MethodsSize));
        copy[MethodWrite] = (nint)(delegate* unmanaged[Cdecl]<nint*, void*, int, long, int>)&OnWrite;
        copy[MethodSync] = (nint)(delegate* unmanaged[Cdecl]<nint*, int, int>)&OnSync;
        return (nint)copy;
    }

    private static BadDisk? DiskOf(string path) => Disks.GetValueOrDefault(Path.GetDirectoryName(path) ?? "");

    private int Fail(int error)
    {
        Interlocked.Increment(ref failed);
        return error;
    }

    [DllImport("e_sqlite3", EntryPoint = "sqlite3_vfs_find", CallingConvention = CallingConvention.Cdecl)]
    private static extern nint* Find(byte* name);

    [DllImport("e_sqlite3", EntryPoint = "sqlite3_vfs_register", CallingConvention = CallingConvention.Cdecl)]
    private static extern int Register(nint* vfs, int makeDefault);
}
