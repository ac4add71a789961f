namespace Paxos.Actors.Tests.Storage;

/// <summary>What the journal is told to do with its table.</summary>
public sealed class JournalSetupSpec
{
    private const string Setting = "paxos.journal.auto-initialize";

    [Fact]
    public async Task The_plugin_must_find_its_table_and_not_make_it()
    {
        await using var cluster = await Cluster.StartedAsync("", "a");
        Assert.False(cluster.System("a").Settings.Config.GetBoolean(Setting));
        Assert.Equal("blue", await cluster["a"].DecideAsync("color", "blue"));
        await cluster.StopAsync("a");
        cluster.Start("a");
        Assert.False(cluster.System("a").Settings.Config.GetBoolean(Setting));
        await cluster.RunningAsync();
        Assert.Equal("blue", await cluster["a"].DecideAsync("color", "red"));
    }

    [Fact]
    public async Task What_the_settings_say_must_hold()
    {
        await using var cluster = await Cluster.StartedAsync($"{Setting} = on", "a");
        await cluster.StopAsync("a");
        cluster.Start("a");
        Assert.True(cluster.System("a").Settings.Config.GetBoolean(Setting));
    }

    [Theory]
    [InlineData("commit-bytes")]
    [InlineData("replay-rows")]
    [InlineData("replay-bytes")]
    [InlineData("delete-rows")]
    [InlineData("delete-bytes")]
    public async Task A_setting_of_the_journal_of_our_own_that_makes_no_sense_must_stop_the_node_at_its_start(string setting)
    {
        await using var cluster = new Cluster(Cluster.OnSqliteJournal);
        var refused = Assert.Throws<PaxosConfigurationException>(() => cluster.Start("a", $"paxos.sqlite-journal.{setting} = 0"));
        Assert.Contains($"paxos.sqlite-journal.{setting}", refused.Message, StringComparison.Ordinal);
    }
}
