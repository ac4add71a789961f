using Paxos.Fuzzing;

namespace Paxos.Node.Tests;

/// <summary>
/// Command lines that nobody meant: a documented exit code and no stack trace. None may start anything, or reach anybody: what
/// follows each command sees to that.
/// </summary>
public sealed class CommandLineFuzzTests
{
    private const int Rounds = 300;

    private static readonly string[] Words =
    [
        "", " ", "-", "--", "---", "--json", "--help", "--version", "--endpoints", "--nodes", "--data", "--http-port", "--id", "--bind", "--http", "--members", "--bootstrap", "--join",
        "--config", "--op", "--clients", "--size", "--total", "--keys", "--prefix", "--from", "--svg", "--seed", "--ttl", "--if-version", "--limit", "--after", "--consistency", "--local",
        "key", "a/b", "a//b", "..", "@file", "/", "\0", "ü", "\uD800", "x=y", "--x=y", "-1", "0", "1", "99999999999999999999", "1e9", "write", "decide", "color", "blue",
        "add", "remove", "promote", "replace", "transfer", "127.0.0.1:1", "h:70000", "a=h:1", "a=h:1,b=h:2", "[::1]:1", "true", "off", "\"", "'", "%s", "{0}",
        new('n', 600), new('v', 70_000),
    ];

    [Fact]
    public async Task Any_arguments_end_with_a_documented_exit_code_and_no_stack_trace()
    {
        var nobody = $"http://127.0.0.1:{FreePorts.Take(1)[0]}";
        // In the end there is always a mistake, or an address where nobody listens.
        (string[] Command, string[] End)[] commands =
        [
            (["up"], ["--nodes", "0"]),
            (["node"], ["--config", "no-such-file.conf"]),
            (["torture"], ["--replay", "no-such-file.json"]),
            (["check"], ["--acceptors", "9"]),
            (["scenario"], ["no-such-scenario"]),
            .. ((string[])["decide", "get", "set", "cas", "delete", "watch", "status", "members", "bench"]).Select(command => (new[] { command }, new[] { "--endpoints", nobody })),
            (["leader", "transfer"], ["--endpoints", nobody]),
        ];
        var codes = new HashSet<int>();
        for (var seed = 0; seed < Fuzz.Rounds(Rounds); seed++)
        {
            var mutator = new Mutator(seed);
            var (command, end) = mutator.Pick(commands);
            var middle = Enumerable.Range(0, mutator.Below(5)).Select(_ => mutator.Pick(Words)).ToArray();
            // Behind "--" nothing is an option, and the address would be none.
            if (middle.Contains("--"))
                continue;
            string[] args = [.. command, .. middle, .. end];
            CommandLineRun run;
            try
            {
                run = await CommandLineRun.Of(args).WaitAsync(TimeSpan.FromSeconds(60));
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"seed {seed}: paxos {string.Join(' ', args.Select(Shortened))}", e);
            }
            codes.Add(run.ExitCode);
            Assert.True(run.ExitCode is 0 or 1 or 2 or 3, $"seed {seed}: exit code {run.ExitCode}");
            Assert.False(run.Error.Contains("   at ", StringComparison.Ordinal), $"seed {seed}: paxos {string.Join(' ', args.Select(Shortened))}: {run.Error}");
            Assert.True(run.ExitCode == 0 || run.Error.Length > 0, $"seed {seed}: paxos {string.Join(' ', args.Select(Shortened))}: not a word");
        }
        Assert.Contains(2, codes);
    }

    private static string Shortened(string text) => text.Length > 100 ? text[..100] + "..." : text;
}
