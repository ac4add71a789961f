using Paxos.Protocol;

namespace Paxos.Actors.Storage;

/// <summary>
/// Where a node keeps what it must never forget. Order on disk: lock held, then <c>identity</c> (forming), then
/// <see cref="Born"/> durable in the journal, then <c>identity</c> (formed), and only then does the node take part. So a
/// directory that is formed has had a journal with Born in it, and one without is known to have lost it.
/// </summary>
internal sealed class DataDirectory : IDisposable
{
    private readonly string path;
    private readonly string identityFile;
    private readonly DurableFile files;
    private DirectoryLock? held;

    private DataDirectory(string path, DurableFile files)
    {
        this.files = files;
        this.path = path;
        identityFile = Path.Combine(path, "identity");
        JournalFile = Path.Combine(path, "journal.db");
    }

    public Identity Identity { get; private set; } = null!;

    /// <summary>Born was durable in the journal, so it must be there.</summary>
    public bool IsFormed { get; private set; }

    public string JournalFile { get; }

    public string SnapshotDirectory => Path.Combine(path, "snapshots");

    /// <summary>Opens the directory of a node, and locks it until <see cref="Dispose"/>.</summary>
    /// <param name="bootstrap">An empty directory may become that of a new node. On one that has an identity it does nothing.</param>
    /// <param name="registerGroups">Over how many groups the keys of the registers are spread: as it was when the node was new.</param>
    /// <exception cref="PaxosConfigurationException">It is not this node's, or cannot be used; the message says what to do.</exception>
    public static DataDirectory Open(string path, string cluster, NodeId node, bool bootstrap, DiskSync? sync = null, int registerGroups = 1)
    {
        var full = Path.GetFullPath(path);
        if (File.Exists(full))
            throw new PaxosConfigurationException($"The data directory {full} is a file: name a directory.");
        var directory = new DataDirectory(full, new DurableFile(sync));
        try
        {
            directory.Open(cluster, node, bootstrap, registerGroups);
            return directory;
        }
        catch (Exception e)
        {
            directory.Dispose();
            if (e is IOException or UnauthorizedAccessException)
                throw directory.Unusable(e);
            throw;
        }
    }

    /// <summary>To be called when Born is durable in the journal, and before the node takes part.</summary>
    /// <exception cref="PaxosConfigurationException">It could not be written.</exception>
    public void MarkFormed()
    {
        if (IsFormed)
            return;
        try
        {
            files.Replace(identityFile, IdentityFile.Encode(Identity, isFormed: true));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unusable(e);
        }
        IsFormed = true;
    }

    public void Dispose() => held?.Dispose();

    private void Open(string cluster, NodeId node, bool bootstrap, int registerGroups)
    {
        if (!Directory.Exists(path))
        {
            if (!bootstrap)
                throw NoIdentity(node);
            Create(path);
        }
        held = DirectoryLock.Take(path);
        if (File.Exists(identityFile))
            Read(cluster, node, registerGroups);
        else if (File.Exists(JournalFile))
            throw IdentityLost();
        else if (bootstrap)
            BeBorn(cluster, node, registerGroups);
        else
            throw NoIdentity(node);
    }

    private void Read(string cluster, NodeId node, int registerGroups)
    {
        if (IdentityFile.Decode(File.ReadAllBytes(identityFile)) is not var (identity, isFormed))
        {
            throw new PaxosConfigurationException(
                $"The file {identityFile} is damaged: its checksum does not match. Bring back that file as it was when the node "
                + "last ran; nothing else in the directory has to change. Do not make a new one: the other nodes know this node by it.");
        }
        if (identity.Cluster != cluster)
            throw OfAnother($"cluster '{identity.Cluster}', not of '{cluster}'");
        if (identity.Node != node)
            throw OfAnother($"node '{identity.Node}', not of '{node}'");
        new RegisterGroupsFile(path, files).Check(registerGroups);
        (Identity, IsFormed) = (identity, isFormed);
    }

    private void BeBorn(string cluster, NodeId node, int registerGroups)
    {
        if (!NodeId.IsValid(cluster))
        {
            throw new PaxosConfigurationException(
                $"The cluster name '{cluster}' cannot be used: it takes 1 to {NodeId.MaxLength} characters of a-z A-Z 0-9 - _ .");
        }
        new RegisterGroupsFile(path, files).Write(registerGroups);
        Identity = new Identity(cluster, node, Incarnations.Draw());
        files.Replace(identityFile, IdentityFile.Encode(Identity, isFormed: false));
    }

    // Each new directory is an entry in the one above it.
    private void Create(string directory)
    {
        var above = Path.GetDirectoryName(directory);
        if (above is not null && !Directory.Exists(above))
            Create(above);
        Directory.CreateDirectory(directory);
        if (above is not null)
            files.SyncDirectory(above);
    }

    private PaxosConfigurationException NoIdentity(NodeId node) => new(
        $"The data directory {path} holds no identity, where that of node '{node}' should be. If this node ran before, give it its old "
        + "directory: what it promised is in there. If it is new, start it with --bootstrap "
        + "(paxos.bootstrap = on), or, where the cluster is there already, with --join (paxos.join = on).");

    private PaxosConfigurationException IdentityLost() => new(
        $"The data directory {path} holds a journal ({JournalFile}) and no identity: the file {identityFile} was deleted, or the journal "
        + "was copied here. Bring back that file; or, for a new node, name an empty directory.");

    private PaxosConfigurationException OfAnother(string whose) => new(
        $"The data directory {path} is that of {whose} (file {identityFile}): name this node's own directory.");

    private PaxosConfigurationException Unusable(Exception e) => StorageFault.IsDiskFull(e)
        ? new($"The data directory {path} cannot be written, the disk is full: make space and start the node again.", e)
        : new($"The data directory {path} cannot be used: {e.Message} Check that it exists and that this user may write there.", e);
}
