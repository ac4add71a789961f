using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Paxos.Actors.Storage;
using Paxos.Protocol;

namespace Paxos.Actors.Tests.Storage;

public sealed class DataDirectoryTests : IDisposable
{
    private const string Cluster = "test";
    private static readonly NodeId Node = new("a");
    private readonly TemporaryDirectory temporary = new();
    private readonly string data;
    private readonly string identity;

    public DataDirectoryTests()
    {
        data = temporary["data"];
        identity = Path.Combine(data, "identity");
    }

    public void Dispose() => temporary.Dispose();

    [Fact]
    public void An_empty_directory_becomes_a_new_node_by_bootstrap()
    {
        using var directory = Open(bootstrap: true);
        Assert.Equal((Cluster, Node, false), (directory.Identity.Cluster, directory.Identity.Node, directory.IsFormed));
        using var other = DataDirectory.Open(temporary["deep/down"], Cluster, Node, bootstrap: true);
        Assert.NotEqual(directory.Identity.Incarnation, other.Identity.Incarnation);
        Assert.NotEqual(default, directory.Identity.Incarnation);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_directory_keeps_its_identity_whether_bootstrap_stays_on_or_not(bool bootstrap)
    {
        var born = Birth();
        using var directory = Open(bootstrap);
        Assert.Equal(born, directory.Identity);
    }

    [Fact]
    public void Formed_is_remembered()
    {
        using (var directory = Open(bootstrap: true))
        {
            File.WriteAllBytes(directory.JournalFile, []);
            directory.MarkFormed();
            directory.MarkFormed();
            Assert.True(directory.IsFormed);
        }
        using var again = Open();
        Assert.True(again.IsFormed);
    }

    [Fact]
    public void An_empty_directory_where_a_member_should_be_is_refused()
    {
        Refused(() => Open(), data, "no identity", "node 'a'", "old directory", "--bootstrap");
        Assert.False(Directory.Exists(data));
        Directory.CreateDirectory(data);
        Refused(() => Open(), data, "no identity");
    }

    [Fact]
    public void A_path_that_is_a_file_is_refused()
    {
        File.WriteAllText(data, "");
        Refused(() => Open(bootstrap: true), data, "is a file", "name a directory");
    }

    [Fact]
    public void A_directory_below_a_file_is_refused()
    {
        File.WriteAllText(data, "");
        Refused(() => DataDirectory.Open(Path.Combine(data, "below"), Cluster, Node, bootstrap: true), data, "cannot be used");
    }

    [Fact]
    public void A_directory_in_which_nobody_may_write_is_refused()
    {
        // Not even the superuser may write there.
        var path = OperatingSystem.IsLinux() ? "/sys" : "/";
        Refused(() => DataDirectory.Open(path, Cluster, Node, bootstrap: true), path, "cannot be used", "may write there");
    }

    [Fact]
    public void A_directory_of_another_cluster_or_node_is_refused()
    {
        Birth();
        Refused(() => DataDirectory.Open(data, "other", Node, true), identity, "cluster 'test', not of 'other'", "own directory");
        Refused(() => DataDirectory.Open(data, Cluster, new NodeId("b"), true), identity, "node 'a', not of 'b'", "own directory");
    }

    [Fact]
    public void An_identity_with_any_byte_changed_or_missing_is_refused()
    {
        Birth();
        var whole = File.ReadAllBytes(identity);
        for (var i = 0; i < whole.Length; i++)
        {
            foreach (var flip in (byte[])[0x01, 0x20, 0x80])
            {
                var changed = (byte[])whole.Clone();
                changed[i] ^= flip;
                Damaged(changed);
            }
            Damaged(whole[..i]);
        }
        Damaged([.. whole, (byte)'\n']);
        File.WriteAllBytes(identity, whole);
        Open().Dispose();

        void Damaged(byte[] bytes)
        {
            File.WriteAllBytes(identity, bytes);
            Refused(() => Open(bootstrap: true), identity, "damaged", "Bring back that file");
        }
    }

    [Fact]
    public void A_journal_without_identity_is_refused()
    {
        Directory.CreateDirectory(data);
        var journal = Path.Combine(data, "journal.db");
        File.WriteAllText(journal, "");
        Refused(() => Open(bootstrap: true), identity, journal, "Bring back that file");
        Assert.False(File.Exists(identity));
    }

    [Fact]
    public void A_directory_in_use_is_refused_and_its_holder_named()
    {
        using (Open(bootstrap: true))
        {
            var pid = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
            Refused(() => Open(), data, "in use by another process", $"pid {pid}");
        }
        Open().Dispose();
    }

    [Fact]
    public void A_refused_directory_is_not_kept_locked()
    {
        Birth();
        Refused(() => DataDirectory.Open(data, "other", Node, bootstrap: true), "cluster");
        Open().Dispose();
    }

    [Fact]
    public void The_identity_is_synced_before_it_gets_its_name_and_the_directory_after()
    {
        var synced = new List<string>();
        void Sync(SafeFileHandle handle, string path)
        {
            Assert.False(handle.IsClosed);
            synced.Add($"{Path.GetFileName(path)}: {State()}");
        }

        string State()
        {
            if (!File.Exists(identity))
                return "none";
            return IdentityFile.Decode(File.ReadAllBytes(identity))!.Value.IsFormed ? "formed" : "forming";
        }

        using var directory = DataDirectory.Open(data, Cluster, Node, bootstrap: true, Sync);
        directory.MarkFormed();

        Assert.Equal(
            [$"{Path.GetFileName(temporary.Path)}: none", "identity.new: none", "data: forming", "identity.new: forming", "data: formed"],
            synced);
    }

    [Fact]
    public void The_real_sync_takes_files_and_directories()
    {
        var files = new DurableFile();
        files.Replace(temporary["file"], "whole"u8);
        Assert.Equal("whole", File.ReadAllText(temporary["file"]));
        var missing = Assert.Throws<IOException>(() => files.SyncDirectory(temporary["missing"]));
        Assert.Contains("missing", missing.Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_crash_at_any_sync_of_the_birth_leaves_a_directory_that_opens(int at)
    {
        var syncs = 0;
        Refused(() => DataDirectory.Open(data, Cluster, Node, bootstrap: true, (_, _) => FailAt(at, ref syncs)), data, "cannot be used");
        using var directory = Open(bootstrap: true);
        Assert.False(directory.IsFormed);
    }

    [Fact]
    public void A_crash_while_it_is_marked_as_formed_leaves_the_same_node()
    {
        var syncs = 0;
        Identity born;
        using (var directory = DataDirectory.Open(data, Cluster, Node, bootstrap: true, (_, _) => FailAt(3, ref syncs)))
        {
            born = directory.Identity;
            Assert.Throws<PaxosConfigurationException>(directory.MarkFormed);
            Assert.False(directory.IsFormed);
        }
        Assert.True(File.Exists(identity + ".new"));
        using var again = Open();
        Assert.Equal((born, false), (again.Identity, again.IsFormed));
    }

    [Fact]
    public void A_full_disk_is_named_as_that()
    {
        const int noSpace = 28;
        Refused(
            () => DataDirectory.Open(data, Cluster, Node, bootstrap: true, (_, _) => throw new IOException("No space left", noSpace)),
            data,
            "disk is full",
            "make space");
    }

    [Fact]
    public void Data_that_were_made_with_one_number_of_register_groups_are_opened_with_no_other()
    {
        OpenWith(4).Dispose();
        OpenWith(4).Dispose();
        Refused(() => OpenWith(1), "paxos.registers.groups is 1", "made with 4", "Set it to 4");
        Refused(() => OpenWith(5), "made with 4");
        var file = Path.Combine(data, "register-groups");
        File.WriteAllText(file, File.ReadAllText(file).Replace('4', '5'));
        Refused(() => OpenWith(5), file, "damaged");
    }

    [Fact]
    public void Data_that_say_no_number_of_register_groups_have_one()
    {
        Birth();
        Refused(() => OpenWith(2), "made with 1");
        OpenWith(1).Dispose();
    }

    [Fact]
    public void A_node_that_was_never_born_may_take_another_number_of_register_groups()
    {
        // The number is written first: the third sync is that of the identity.
        var syncs = 0;
        Refused(() => DataDirectory.Open(data, Cluster, Node, bootstrap: true, (_, _) => FailAt(3, ref syncs), registerGroups: 4), "cannot be used");
        Assert.True(File.Exists(Path.Combine(data, "register-groups")));
        Assert.False(File.Exists(identity));
        OpenWith(1).Dispose();
        OpenWith(1).Dispose();
        Refused(() => OpenWith(4), "made with 1");
    }

    private DataDirectory OpenWith(int groups) => DataDirectory.Open(data, Cluster, Node, bootstrap: true, registerGroups: groups);

    private static void FailAt(int at, ref int syncs)
    {
        if (syncs++ == at)
            throw new IOException("The disk said no.");
    }

    private Identity Birth()
    {
        using var directory = Open(bootstrap: true);
        return directory.Identity;
    }

    private DataDirectory Open(bool bootstrap = false) => DataDirectory.Open(data, Cluster, Node, bootstrap);

    private static void Refused(Func<DataDirectory> open, params string[] says)
    {
        var refusal = Assert.Throws<PaxosConfigurationException>(() => open().Dispose());
        Assert.All(says, words => Assert.Contains(words, refusal.Message));
    }
}
