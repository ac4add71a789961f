using Paxos.Node.Commands;

namespace Paxos.Node.Tests;

/// <summary>What somebody gets who mistypes: exit code 2, and a line that names the mistake and the way on.</summary>
public sealed class CommandLineTests
{
    [Theory]
    [InlineData("there is no command 'decid'. Did you mean 'decide'?", "decid", "a", "b")]
    [InlineData("there is no option '--htp-port'. Did you mean '--http-port'?", "up", "--htp-port", "80")]
    [InlineData("--nodes: 'x' is no whole number from 1 to 9", "up", "--nodes", "x")]
    [InlineData("--nodes: '10' is no whole number from 1 to 9", "up", "--nodes", "10")]
    [InlineData("--http-port: 3 nodes need the ports 65534 to 65536, but the highest is 65535", "up", "--http-port", "65534")]
    [InlineData("without --config FILE a node also needs --members", "node", "--id", "a")]
    [InlineData("--join: with --bootstrap a new node makes a new cluster", "node", "--id", "a", "--data", "d", "--members", "a=h:1", "--join", "--bootstrap")]
    [InlineData("--id: 'x' is not one of --members (a). One that joins them also needs --bind", "node", "--id", "x", "--data", "d", "--members", "a=h:1", "--join")]
    [InlineData("paxos members add: ID: 'a b' is no node id", "members", "add", "a b")]
    [InlineData("ADDRESS: 'h' is no HOST:PORT", "members", "replace", "a", "h")]
    [InlineData("paxos members: there is no command 'ad'", "members", "ad", "a")]
    [InlineData("paxos leader transfer: ID is missing.", "leader", "transfer")]
    [InlineData("paxos leader: say what: transfer.", "leader")]
    [InlineData("--id: 'x' is not one of --members (a)", "node", "--id", "x", "--data", "d", "--members", "a=h:1")]
    [InlineData("--id: 'a b' is no node id", "node", "--id", "a b", "--data", "d", "--members", "a=h:1")]
    [InlineData("--members: the id 'a' is there twice", "node", "--id", "a", "--data", "d", "--members", "a=h:1,a=h:2")]
    [InlineData("--members: h:1 is the address of 'a' and of 'b'", "node", "--id", "a", "--data", "d", "--members", "a=h:1,b=h:1")]
    [InlineData("--members: 'a' is no ID=HOST:PORT", "node", "--id", "a", "--data", "d", "--members", "a")]
    [InlineData("--members a: 'h' is no HOST:PORT", "node", "--id", "a", "--data", "d", "--members", "a=h")]
    [InlineData("'70000' is no port", "node", "--id", "a", "--data", "d", "--members", "a=h:1", "--bind", "h:70000")]
    [InlineData("--http: '::1:80': put an IPv6 address in brackets", "node", "--id", "a", "--data", "d", "--members", "a=h:1", "--http", "::1:80")]
    [InlineData("--data: the directory's name is empty", "node", "--id", "a", "--data", "", "--members", "a=h:1")]
    [InlineData("no-such-file.conf", "node", "--config", "no-such-file.conf")]
    [InlineData("--config: '.' is a directory: name a file.", "node", "--config", ".")]
    [InlineData("--out: there is no directory 'no-such-folder'", "torture", "--steps", "1", "--out", "no-such-folder")]
    [InlineData("--out: no file can be written into '/proc'", "torture", "--steps", "1", "--out", "/proc")]
    [InlineData("NAME: The name is empty", "decide", "", "blue")]
    [InlineData("NAME: The name 'a//b' has a segment ''", "decide", "a//b", "blue")]
    [InlineData("NAME is not UTF-8", "decide", "a\uFFFD", "blue")]
    [InlineData("VALUE is empty", "decide", "color", "")]
    [InlineData("VALUE is not UTF-8", "decide", "color", "\uD800")]
    [InlineData("paxos decide: NAME is missing.", "decide")]
    [InlineData("paxos decide: VALUE is missing.", "decide", "color")]
    [InlineData("'red' is one argument too many", "decide", "color", "blue", "red")]
    [InlineData("--endpoints: 'ftp://x' is no http://HOST:PORT", "decide", "color", "blue", "--endpoints", "ftp://x")]
    [InlineData("--endpoints: it names no endpoint", "status", "--endpoints", ",")]
    [InlineData("--acceptors: '9' is no whole number from 1 to 5", "check", "--acceptors", "9")]
    [InlineData("takes 0 to 1 proposers, not 2", "check", "--acceptors", "1")]
    [InlineData("'no-such' is neither a built-in scenario nor a file", "scenario", "no-such")]
    [InlineData("--svg: say which scenario to draw", "scenario", "--svg", "x.svg")]
    [InlineData("--op: there is no 'wirte': write, read, local-read, decide, lease are. Did you mean 'write'?", "bench", "--op", "wirte")]
    [InlineData("--size: a decision has at most 65536 bytes", "bench", "--op", "decide", "--size", "65537")]
    [InlineData("--groups: it is for registers", "bench", "--op", "decide", "--groups", "1")]
    [InlineData("--groups: '10001' is no whole number from 1 to 10000", "bench", "--groups", "10001")]
    [InlineData("--watches: what is watched must be written: with --op write or lease", "bench", "--op", "read", "--watches", "1")]
    [InlineData("--watches: '100001' is no whole number from 0 to 100000", "bench", "--watches", "100001")]
    [InlineData("--size: a value that is watched says when it was written: give 16 bytes or more", "bench", "--watches", "1", "--size", "15")]
    [InlineData("--rate: 2 operations a second renew each of 40 leases every 20 s, and they end after 30 s: give 3 or more", "bench", "--op", "lease", "--rate", "2", "--clients", "40")]
    [InlineData("give either KEY or --prefix P", "watch")]
    [InlineData("--from: 'x' is no revision", "watch", "color", "--from", "x")]
    [InlineData("--keys: '0' is no whole number", "bench", "--keys", "0")]
    [InlineData("--clients: '0' is no whole number", "bench", "--clients", "0")]
    public async Task A_mistake_is_named_and_ends_with_exit_code_2(string says, params string[] args)
    {
        var run = await CommandLineRun.Of(args);

        Assert.Contains(says, run.Error);
        Assert.Equal(2, run.ExitCode);
        Assert.Empty(run.Output);
    }

    [Fact]
    public async Task A_name_or_value_that_is_too_long_is_told_the_limit()
    {
        Assert.Contains("the limit is 512", (await CommandLineRun.Of("decide", new string('n', 513), "blue")).Error);
        Assert.Contains("the limit is 65536", (await CommandLineRun.Of("decide", "color", new string('v', 65537))).Error);
    }

    [Fact]
    public async Task No_command_at_all_shows_the_help()
    {
        var run = await CommandLineRun.Of();

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("decide <NAME> <VALUE>", run.Output);
    }

    [Fact]
    public async Task Help_is_no_mistake() => Assert.Equal(0, (await CommandLineRun.Of("decide", "--help")).ExitCode);

    [Fact]
    public async Task Scenarios_are_listed_played_and_drawn()
    {
        var svg = Path.GetTempFileName();
        try
        {
            var list = await CommandLineRun.Of("scenario");
            var played = await CommandLineRun.Of("scenario", "01-all-goes-well", "--svg", svg);

            Assert.Equal(0, list.ExitCode);
            Assert.Contains("01-all-goes-well", list.Output);
            Assert.Equal(0, played.ExitCode);
            Assert.Contains("blue is chosen", played.Output);
            Assert.StartsWith("<svg", File.ReadAllText(svg));
        }
        finally
        {
            File.Delete(svg);
        }
    }

    [Fact]
    public async Task The_picture_in_the_readme_is_what_its_scenario_draws()
    {
        var svg = Path.GetTempFileName();
        try
        {
            await CommandLineRun.Of("scenario", "5", "--svg", svg);
            Assert.Equal(File.ReadAllText(Path.Combine(Repository.Root, "docs", "proposer-dies-during-accept.svg")), File.ReadAllText(svg));
        }
        finally
        {
            File.Delete(svg);
        }
    }

    [Fact]
    public async Task A_mistake_in_a_scenario_file_is_told_with_file_and_line()
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "nodes a b c\ndecide a blue\ndeliver Promise b->a\n");

            var run = await CommandLineRun.Of("scenario", file);

            Assert.Equal(2, run.ExitCode);
            Assert.Contains($"{file}:3: ", run.Error);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task An_expectation_of_a_scenario_that_is_not_so_is_no_mistake_of_usage()
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "log a b c\nstand a\nrun\nexpect leader b\n");

            var run = await CommandLineRun.Of("scenario", file);

            Assert.Equal(1, run.ExitCode);
            Assert.Contains($"{file}:4: 'expect leader b' is not so: a leads", run.Error);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task A_check_that_saw_every_state_says_how_many_and_one_that_gave_up_fails()
    {
        var complete = await CommandLineRun.Of("check", "--proposers", "1", "--rounds", "1", "--crashes", "0");
        var gaveUp = await CommandLineRun.Of("check", "--max-states", "100");

        Assert.Equal(0, complete.ExitCode);
        Assert.Matches(@"[\d,]+ states, [\d,]+ transitions, depth \d+, ", complete.Output);
        Assert.Equal(1, gaveUp.ExitCode);
        Assert.Contains("Gave up", gaveUp.Output);
    }

    [Theory]
    [InlineData("decide", "color", "blue")]
    [InlineData("status")]
    [InlineData("watch", "color")]
    public async Task When_no_endpoint_can_be_reached_the_option_is_named(params string[] command)
    {
        var nobody = $"http://127.0.0.1:{FreePorts.Take(1)[0]}";

        var run = await CommandLineRun.Of([.. command, "--endpoints", nobody]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("none of --endpoints could be reached", run.Error);
        Assert.Contains(nobody, run.Error + run.Output);
    }

    [Fact]
    public async Task Up_names_a_port_that_is_in_use()
    {
        using var taken = FreePorts.Listen();

        var run = await CommandLineRun.Of("up", "--http-port", $"{taken.Port}");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains($"--http-port: 127.0.0.1:{taken.Port} is in use", run.Error);
    }
}

/// <summary>One run of the program in this process: its exit code and what it printed.</summary>
internal sealed record CommandLineRun(int ExitCode, string Output, string Error)
{
    public static async Task<CommandLineRun> Of(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exitCode = await CommandLine.RunAsync(args, TextWriter.Synchronized(output), TextWriter.Synchronized(error));
        return new CommandLineRun(exitCode, output.ToString(), error.ToString());
    }
}
