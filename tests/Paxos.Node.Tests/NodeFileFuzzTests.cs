using System.Text;
using Paxos.Fuzzing;
using Paxos.Node.Configuration;

namespace Paxos.Node.Tests;

/// <summary>Node files that went wrong: a node, or a UsageException; and where one setting is wrong the message names it.</summary>
public sealed class NodeFileFuzzTests : IDisposable
{
    // Reading any file takes all defaults of Akka and of Paxos with it.
    private const long BytesOfDefaults = 64 * 1024 * 1024;

    private static readonly string Good = File.ReadAllText(Path.Combine(Repository.Root, "hocon", "node-a.conf"));

    private static readonly string[] Words =
    [
        "paxos", "akka", "members", "node", "address", "roles", "a", ".", "=", "+=", ":", "{", "}", "[", "]", ",", "\"", "\"\"\"", "${paxos.node}", "${?x}", "${", "include \"x\"", "#",
        "//", "\\", "\n", "\t", "\0", "ü", "null", "true", "-1", "5s", "paxos.members.a.address = ", "paxos { ", "paxos.", "a.a.", "[[[[", "{{{{", "a { ", "a = [",
        "akka.remote.dot-netty.tcp.port = ",
    ];

    private static readonly string[] Values =
    [
        "\"\"", "-1", "0", "1", "99999999999999999999", "1e400", "on", "maybe", "soon", "5s", "-5s", "1.5", "null", "[]", "[1, 2]", "[{ a = 1 }]", "{ a = 1 }", "{}", "${paxos.node}",
        "\"${paxos.node}\"", "infinite", "NaN", "99999999d", "\"http://x\"", "\"http://x:1/\"", "\"x y\"", "1mb", "0x7fffffff", "ü", "\"a:1\"", "[acceptor]", "\"\\u0000\"", "2147483648",
    ];

    private readonly string path = Path.GetTempFileName();

    public void Dispose() => File.Delete(path);

    [Fact]
    public void A_text_is_a_node_or_a_usage_exception()
    {
        const int rounds = 200;

        var taken = Fuzz.Text(rounds, [Good, Small], Words, Compose, [typeof(UsageException)], bytesOfItsOwn: BytesOfDefaults);

        Assert.InRange(taken, 1, Fuzz.Rounds(rounds) - 1);
    }

    [Fact]
    public void A_text_has_an_outline_or_a_usage_exception() =>
        Fuzz.Text(5_000, [Good, Small], Words, text => HoconOutline.Read("fuzz.conf", text), [typeof(UsageException)]);

    [Theory]
    [InlineData("a { ")]
    [InlineData("a = [")]
    [InlineData("a = [[[[")]
    [InlineData("a.")]
    public void A_text_that_is_nested_without_end_is_a_usage_exception(string open) =>
        Assert.Throws<UsageException>(() => Compose(string.Concat(Enumerable.Repeat(open, 100_000))));

    [Fact]
    public void A_value_of_any_setting_is_taken_or_the_setting_is_named()
    {
        var settings = HoconOutline.Read("reference.conf", Reference())
            .Where(entry => !entry.IsSection && entry.Path.StartsWith("paxos.", StringComparison.Ordinal) && !entry.Path.StartsWith("paxos.journal", StringComparison.Ordinal))
            .Select(entry => entry.Path)
            .Concat(["paxos.members", "paxos.members.a", "paxos.members.b.address", "paxos.members.b.roles", "paxos.decisions", "paxos.log", "paxos.election", "paxos.hearing", "paxos.registers", "paxos"])
            .Concat(["akka.remote.dot-netty.tcp.port", "akka.remote.dot-netty.tcp.hostname", "paxos.journal-plugin"])
            .Distinct()
            .ToList();
        Assert.True(settings.Count > 40);
        var refused = 0;
        foreach (var setting in settings)
        {
            var mutator = new Mutator(refused);
            for (var round = 0; round < Math.Min(Fuzz.Rounds(3), Values.Length * 4); round++)
            {
                var value = mutator.Pick(Values);
                try
                {
                    Compose($"{Small}\n{setting} = {value}\n");
                }
                catch (UsageException e)
                {
                    refused++;
                    Assert.True(e.Message.Contains(setting.Split('.')[^1], StringComparison.Ordinal), $"{setting} = {value}: {e.Message}");
                }
                catch (Exception e)
                {
                    Assert.Fail($"{setting} = {value}: {e}");
                }
            }
        }
        Assert.InRange(refused, settings.Count, int.MaxValue);
    }

    private const string Small = """
        paxos {
          node = "a"
          data-dir = "data"
          members {
            a { address = "127.0.0.1:4053" }
            b { address = "127.0.0.1:4054" }
            c { address = "127.0.0.1:4055", roles = ["acceptor", "learner"] }
          }
        }
        """;

    // What stands behind it is Akka's, with names that no node file has.
    private static string Reference() =>
        File.ReadAllText(Path.Combine(Repository.Root, "src", "Paxos.Actors", "reference.conf")).Split("\nakka.actor {")[0];

    private NodeConfiguration Compose(string text)
    {
        File.WriteAllText(path, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        return NodeConfiguration.Compose(new NodeOptions { ConfigFile = path });
    }
}
