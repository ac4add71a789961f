using Paxos.Node.Configuration;
using Paxos.Protocol;

namespace Paxos.Node.Tests;

/// <summary>Node files: what Akka's parser takes without a word is refused here, with file and line.</summary>
public sealed class NodeFileTests : IDisposable
{
    private const string Good = """
        paxos {
          node = "a"
          data-dir = "data"
          members {
            a {
              address = "127.0.0.1:4053"
            }
            b {
              address = "127.0.0.1:4054"
            }
            c {
              address = "127.0.0.1:4055"
            }
          }
        }
        """;

    private readonly string path = Path.GetTempFileName();

    public void Dispose() => File.Delete(path);

    [Theory]
    [InlineData("  node = \"a\"", "  node \"a\"", ":2: 'node a' has no '='")]
    [InlineData("  node = \"a\"", "  node = \"a", ":2: a '\"' is never closed")]
    [InlineData("  node = \"a\"", "  node =", ":2: paxos.node has no value")]
    [InlineData("  node = \"a\"", "  node", ":2: 'node' has no value")]
    [InlineData("  node = \"a\"", "  = \"a\"", ":2: a setting without a name")]
    [InlineData("  node = \"a\"", "  node = a:b", ":2: the value of paxos.node holds a ':'")]
    [InlineData("  node = \"a\"", "  node = \"a\" bootstrap = on", ":2: something follows the value of paxos.node: one setting a line")]
    [InlineData("  node = \"a\"", "  node = a bootstrap = on", ":2: the value of paxos.node holds a '='")]
    [InlineData("  node = \"a\"", "  node = \"a\"\n  roles = [\"x\"\n", ":3: the '[' of paxos.roles is never closed")]
    [InlineData("  node = \"a\"", "  include \"other.conf\"", ":2: include is not supported")]
    [InlineData("  node = \"a\"", "}", ":15: this '}' closes nothing")]
    [InlineData("  members {", "  members { {", ":4: a setting without a name")]
    [InlineData("    c {", "    c {\n      x {", ":16: the '{' of line 1 (paxos) is never closed: add a '}'")]
    [InlineData("  node = \"a\"", "  node = ${nothing}", "Unresolved substitution: nothing")]
    [InlineData("    c {", "    a {", ":11: the member 'a' is there twice (first on line 5)")]
    [InlineData("    c {", "    \"c d\" {", ":11: 'c d': a name holds no spaces")]
    [InlineData("data-dir", "data-dri", ":3: there is no setting 'paxos.data-dri'. Did you mean 'data-dir'?")]
    [InlineData("127.0.0.1:4055", "127.0.0.1:4054", "gives the address 127.0.0.1:4054 to b and c")]
    [InlineData("address = \"127.0.0.1:4055\"", "adress = \"127.0.0.1:4055\"", ":12: there is no setting 'paxos.members.c.adress'. Did you mean 'address'?")]
    [InlineData("node = \"a\"", "node = \"d\"", "paxos.node is 'd', which is not one of paxos.members")]
    [InlineData("127.0.0.1:4053", "127.0.0.1", "paxos.members.a.address: '127.0.0.1' is no HOST:PORT")]
    [InlineData("node = \"a\"", "node = \"a\"\n  operation-timeout = soon", "paxos.operation-timeout is no duration")]
    [InlineData("node = \"a\"", "node = \"a\"\n  operation-timeout = [5s]", "paxos.operation-timeout is no duration")]
    [InlineData("node = \"a\"", "node = \"a\"\n  operation-timeout = 99999999d", "paxos.operation-timeout is no duration")]
    [InlineData("node = \"a\"", "node = \"a\"\n  log.window = []", "paxos.log.window is no whole number")]
    [InlineData("node = \"a\"", "node = \"a\"\n  bootstrap = maybe", "paxos.bootstrap is neither on nor off")]
    [InlineData("node = \"a\"", "node = \"a\"\n  log = 5", "paxos.log is no section")]
    [InlineData("\"data\"", "\"\"", "paxos.data-dir is empty")]
    [InlineData("\"data\"", "[data]", "paxos.data-dir is no text")]
    [InlineData("paxos {", "paxso {", "there is no section paxos { }")]
    public void A_mistake_is_told_with_file_and_line(string right, string wrong, params string[] says)
    {
        Assert.Contains(right, Good);
        File.WriteAllText(path, Good.Replace(right, wrong));

        var refused = Assert.Throws<UsageException>(() => NodeConfiguration.Compose(new NodeOptions { ConfigFile = path }));

        Assert.StartsWith(path, refused.Message);
        Assert.All(says, words => Assert.Contains(words, refused.Message));
    }

    [Fact]
    public void A_file_that_is_not_UTF_8_is_refused()
    {
        File.WriteAllBytes(path, [0x70, 0xFF, 0xFE]);

        var refused = Assert.Throws<UsageException>(() => NodeConfiguration.Compose(new NodeOptions { ConfigFile = path }));

        Assert.Contains("not UTF-8", refused.Message);
    }

    [Fact]
    public void Comments_lists_json_and_substitutions_are_understood()
    {
        File.WriteAllText(path, """
            # above
            { "base" : "/var/lib", "paxos" : {
                "node" : "a",   // beside
                "data-dir" : ${base}
                "members" : { "a" : { "address" : "127.0.0.1:4053", "roles" : ["proposer", "acceptor",
                  "learner"] } }
            } }
            """);

        var node = NodeConfiguration.Compose(new NodeOptions { ConfigFile = path });

        Assert.Equal(new NodeId("a"), node.Settings.Node);
        Assert.Equal("/var/lib", node.Settings.DataDirectory);
        Assert.Equal(new HostPort("127.0.0.1", 4053), node.Remoting);
    }

    [Fact]
    public void A_plugin_s_section_may_hold_what_the_plugin_takes()
    {
        File.WriteAllText(path, Good + """

            paxos.journal.connection-string = "Data Source=x"
            paxos.my-journal {
              class = "My.Journal, My"
              any-thing = 1
            }
            """);

        Assert.Equal(3, NodeConfiguration.Compose(new NodeOptions { ConfigFile = path }).Settings.Members.Count);
    }

    [Fact]
    public void Options_override_the_file_and_the_list_of_members_replaces_its_list()
    {
        File.WriteAllText(path, Good);

        var node = NodeConfiguration.Compose(new NodeOptions
        {
            ConfigFile = path,
            Id = "x",
            Members = "x=10.0.0.1:1,y=10.0.0.2:2,z=10.0.0.3:3",
            Bind = "0.0.0.0:9",
            Http = "0.0.0.0:10",
            Data = "else\\where \"here\"",
            Bootstrap = true,
        });

        Assert.Equal(new NodeId("x"), node.Settings.Node);
        Assert.Equal("x, y, z", string.Join(", ", node.Settings.Members.Keys));
        Assert.Equal("else\\where \"here\"", node.Settings.DataDirectory);
        Assert.True(node.Settings.Bootstrap);
        Assert.Equal("10.0.0.1", node.Akka.GetString("akka.remote.dot-netty.tcp.public-hostname"));
        Assert.Equal(1, node.Akka.GetInt("akka.remote.dot-netty.tcp.public-port"));
        Assert.Equal("0.0.0.0", node.Akka.GetString("akka.remote.dot-netty.tcp.hostname"));
        Assert.Equal(9, node.Akka.GetInt("akka.remote.dot-netty.tcp.port"));
        // Nobody can be sent to 0.0.0.0: the others are told the address that they know.
        Assert.Equal("http://10.0.0.1:10", node.Akka.GetString("paxos.http-address"));
    }

    [Theory]
    [InlineData("bootstrap", true)]
    [InlineData("join", false)]
    public void Of_join_and_bootstrap_the_option_takes_the_place_of_the_other_in_the_file(string inFile, bool joins)
    {
        File.WriteAllText(path, Good + $"\npaxos.{inFile} = on\n");

        var settings = NodeConfiguration.Compose(new NodeOptions { ConfigFile = path, Join = joins, Bootstrap = !joins }).Settings;

        Assert.Equal((joins, !joins), (settings.Join, settings.Bootstrap));
    }

    [Fact]
    public void A_file_that_says_another_remoting_address_than_the_members_is_refused()
    {
        File.WriteAllText(path, Good + "\nakka.remote.dot-netty.tcp.public-port = 5000\n");

        var refused = Assert.Throws<UsageException>(() => NodeConfiguration.Compose(new NodeOptions { ConfigFile = path }));

        Assert.Contains("akka.remote.dot-netty.tcp.public-port is set, but the address of a node is paxos.members.a.address", refused.Message);
    }

    [Theory]
    [InlineData("a=h:1", "1 voter: when this node is down nothing can be decided")]
    [InlineData("a=h:1,b=h:2", "2 voters bear the loss of 0, no more than 1 would: take 1 or 3.")]
    [InlineData("a=h:1,b=h:2,c=h:3", null)]
    [InlineData("a=h:1,b=h:2,c=h:3,d=h:4", "4 voters bear the loss of 1, no more than 3 would: take 3 or 5.")]
    [InlineData("a=h:1,b=h:2,c=h:3,d=h:4,e=h:5", null)]
    public void A_number_of_voters_that_few_would_choose_knowingly_is_warned_of(string members, string? warning)
    {
        var node = NodeConfiguration.Compose(new NodeOptions { Id = "a", Data = "d", Members = members });

        if (warning is null)
            Assert.Null(node.Warning);
        else
            Assert.Contains(warning, node.Warning);
    }

    [Fact]
    public void The_three_files_in_hocon_agree_on_the_cluster_and_differ_in_the_node()
    {
        var nodes = "abc"
            .Select(id => NodeConfiguration.Compose(new NodeOptions { ConfigFile = Path.Combine(Repository.Root, "hocon", $"node-{id}.conf") }))
            .ToArray();

        Assert.Equal("abc", string.Concat(nodes.Select(node => node.Settings.Node)));
        Assert.All(nodes, node => Assert.Equal(nodes[0].Settings.Cluster, node.Settings.Cluster));
        Assert.All(nodes, node => Assert.Equal(nodes[0].Settings.Members.Values, node.Settings.Members.Values));
        Assert.All(nodes, node => Assert.True(node.Settings.Bootstrap));
        Assert.All(nodes, node => Assert.Equal(node.Settings.Self.Address, node.Remoting.ToString()));
        Assert.Equal(3, nodes.Select(node => node.Settings.HttpAddress).Distinct().Count());
        Assert.All(nodes, node => Assert.Equal($"http://{node.Http}", node.Settings.HttpAddress));
        Assert.All(nodes, node => Assert.Null(node.Warning));
    }
}
