using System.Globalization;
using System.Text.RegularExpressions;

namespace Paxos.Node.Tests.Processes;

/// <summary><c>/metrics</c> of real nodes: all that the README lists is there, and moves with what happens.</summary>
public sealed partial class MetricsTests(ProcessCluster cluster) : IClassFixture<ProcessCluster>
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(20) };

    [Fact]
    public async Task Metrics_tell_who_leads_and_grow_with_what_a_node_does()
    {
        // On a busy machine another node may lead by the time that it is asked.
        var leader = "";
        var before = await ScrapeAsync("a");
        await Eventually.HoldsAsync(
            async () => (before = await ScrapeAsync(leader = await cluster.LeaderAsync())).Sum("paxos_log_leader") == 1,
            () => $"no node says that it leads:\n{before.Text}");
        // Over HTTP, since a node counts the calls that it is asked, and a client's first one may go to any member.
        Assert.Equal(0, (await CommandLineRun.Of("bench", "--over", "http", "--op", "write", "--total", "20", "--keys", "5", "--endpoints", cluster.Endpoint(leader))).ExitCode);
        Assert.Equal(0, (await CommandLineRun.Of("get", "bench/1", "--endpoints", cluster.Endpoint(leader))).ExitCode);

        // A scrape may be answered from one a moment ago.
        var after = before;
        await Eventually.HoldsAsync(
            async () => (after = await ScrapeAsync(leader)).Sum("paxos_log_reads_total", "outcome=\"confirmed\"") >= before.Sum("paxos_log_reads_total", "outcome=\"confirmed\"") + 1,
            () => $"the read was never counted:\n{after.Text}");

        Assert.Equal(1, after.Sum("paxos_node_running"));
        Assert.Equal(40, after.Sum("paxos_log_commands_total", "outcome=\"applied\"") - before.Sum("paxos_log_commands_total", "outcome=\"applied\""));
        Assert.True(after.Sum("paxos_log_applied_commands_total") >= before.Sum("paxos_log_applied_commands_total") + 40);
        foreach (var grown in (string[])["paxos_log_chosen_slot", "paxos_log_applied_slot", "paxos_messages_sent_total",
            "paxos_messages_received_total", "paxos_journal_persist_duration_seconds_count", "paxos_journal_persist_duration_seconds_sum"])
            Assert.True(after.Sum(grown) > before.Sum(grown), $"{grown} did not grow:\n{after.Text}");
        Assert.True(after.Sum("paxos_log_stage_duration_seconds_count", "stage=\"call\"") >= 40);
        foreach (var stage in (string[])["queue", "quorum", "apply"])
            Assert.True(after.Sum("paxos_log_stage_duration_seconds_count", $"stage=\"{stage}\"") >= 20, $"{stage}:\n{after.Text}");
        foreach (var there in (string[])["paxos_log_ballot_round", "paxos_log_proposals_total", "paxos_log_leader_changes_total", "paxos_journal_size_bytes"])
            Assert.True(after.Sum(there) >= 1, $"{there} is not there:\n{after.Text}");
        foreach (var idle in (string[])["paxos_log_trimmed_slot", "paxos_log_calls_pending", "paxos_log_queue_size_bytes", "paxos_snapshot_writes_total",
            "paxos_snapshot_failures_total", "paxos_snapshot_written_bytes_total", "paxos_snapshot_hold_longest_seconds"])
            Assert.Equal(0, after.Sum(idle));
    }

    [Fact]
    public async Task The_README_lists_every_metric_that_a_node_has_and_no_other()
    {
        // A histogram is there when something was measured, and slots with commands are where they are proposed.
        Scrape scrape = null!;
        await Eventually.HoldsAsync(
            async () =>
            {
                var leader = await cluster.LeaderAsync();
                await CommandLineRun.Of("set", "measured", "1", "--endpoints", cluster.Endpoint(leader));
                return (scrape = await ScrapeAsync(leader)).Text.Contains("stage=\"apply\"", StringComparison.Ordinal);
            },
            () => $"the leader has measured no slot:\n{scrape.Text}");
        var there = TypeLine().Matches(scrape.Text).Select(match => match.Groups[1].Value).ToHashSet();
        var listed = ListedName().Matches(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "README.md"))).Select(match => match.Groups[1].Value).ToHashSet();

        Assert.NotEmpty(there);
        Assert.Equal(there.Order(), listed.Order());
    }

    private async Task<Scrape> ScrapeAsync(string id)
    {
        using var response = await Http.GetAsync($"{cluster.Endpoint(id)}/metrics");
        Assert.Equal("text/plain", response.EnsureSuccessStatusCode().Content.Headers.ContentType?.MediaType);
        return new Scrape(await response.Content.ReadAsStringAsync());
    }

    [GeneratedRegex(@"^# TYPE (paxos_\w+) ", RegexOptions.Multiline)]
    private static partial Regex TypeLine();

    [GeneratedRegex(@"^\| `(paxos_\w+)", RegexOptions.Multiline)]
    private static partial Regex ListedName();

    private sealed record Scrape(string Text)
    {
        /// <summary>Over all series of a metric that have a label; a metric that is not there is a failure.</summary>
        public double Sum(string name, string label = "")
        {
            var series = Text.Split('\n')
                .Where(line => line.StartsWith(name + "{", StringComparison.Ordinal) && line.Contains(label, StringComparison.Ordinal))
                .ToList();
            Assert.True(series.Count > 0, $"{name} {label} is not there:\n{Text}");
            // The labels, the value, and behind it perhaps a time.
            return series.Sum(line => double.Parse(line[(line.LastIndexOf('}') + 1)..].Trim().Split(' ')[0], CultureInfo.InvariantCulture));
        }
    }
}
