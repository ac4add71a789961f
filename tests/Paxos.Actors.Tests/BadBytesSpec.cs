using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.Serialization;
using Paxos.Actors.Decisions;
using Paxos.Actors.Wire;
using Paxos.Fuzzing;
using Paxos.Protocol;
using Paxos.Protocol.MultiPaxos;

namespace Paxos.Actors.Tests;

/// <summary>A peer whose bytes are wrong, over Akka.Remote: what can't be read is left out, and the node goes on.</summary>
public sealed class BadBytesSpec
{
    private const int Bursts = 10;
    private const int Burst = 40;

    private static readonly Member Stranger = new(new NodeId("z"), new Incarnation(9));

    [Fact]
    public async Task Bytes_that_cannot_be_read_do_not_stop_a_node()
    {
        var directory = Directory.CreateTempSubdirectory("paxos-bytes-");
        var port = FreePorts.Take(1)[0];
        var node = ActorSystem.Create("paxos", ConfigurationFactory.ParseString($$"""
            paxos.node = a
            paxos.bootstrap = on
            paxos.data-dir = "{{directory.FullName}}"
            paxos.members.a.address = "127.0.0.1:{{port}}"
            """).WithFallback(Remote(port)));
        var peer = ActorSystem.Create("paxos", ConfigurationFactory.ParseString("""
            akka.actor.serializers.noise = "Paxos.Actors.Tests.NoiseSerializer, Paxos.Actors.Tests"
            akka.actor.serialization-bindings { "Paxos.Actors.Tests.Noise, Paxos.Actors.Tests" = noise }
            """).WithFallback(Remote(0)));
        try
        {
            var paxos = PaxosExtension.For(node);
            await Eventually.HoldsAsync(() => paxos.Status.State == NodeState.Running && paxos.Status.IsReady, () => $"{paxos.Status.State} {paxos.Status.Reason}");
            var complaints = new ConcurrentBag<LogEvent>();
            Listener.Begin(node, complaints);
            var endpoint = peer.ActorSelection($"akka.tcp://paxos@127.0.0.1:{port}/user/paxos");
            var serializer = new PaxosSerializer((ExtendedActorSystem)node);
            byte[][] valid =
            [
                serializer.ToBinary(new NodeEnvelope("paxos", GroupId.Default, 1, Stranger, Stranger, "x", new Protocol.SingleDecree.Learn())),
                serializer.ToBinary(new NodeEnvelope("paxos", GroupId.Default, 1, Stranger, Stranger, "", new Ping(1, 2))),
                serializer.ToBinary(new NodeEnvelope("paxos", GroupId.Default, 1, Stranger, Stranger, "", new TakeOver(new Ballot(7, Stranger.Id)))),
            ];
            for (var burst = 0; burst < Fuzz.Rounds(Bursts); burst++)
            {
                var mutator = new Mutator(burst);
                for (var i = 0; i < Burst; i++)
                    endpoint.Tell(new Noise(mutator.Pick(["envelope", "envelope", "decide", "event/promised", "nothing"]), mutator.Bytes(valid)));
                // On the same connection, behind the noise.
                var answer = await endpoint.Ask<Noise>(new Noise("read", serializer.ToBinary(new Decision.Read("x"))), TimeSpan.FromSeconds(20));
                Assert.Equal("undecided", answer.Manifest);
            }

            Assert.Contains(complaints, complaint => complaint.ToString()!.Contains("Paxos", StringComparison.Ordinal));
            Assert.Equal("blue", await paxos.DecideAsync("color", "blue"));
            Assert.Equal(NodeState.Running, paxos.Status.State);
        }
        finally
        {
            await Task.WhenAll(node.Terminate(), peer.Terminate());
            directory.Delete(recursive: true);
        }
    }

    private static Config Remote(int port) => ConfigurationFactory.ParseString($$"""
        akka.loglevel = WARNING
        akka.stdout-loglevel = OFF
        akka.loggers = []
        akka.actor.provider = remote
        akka.remote.dot-netty.tcp.hostname = "127.0.0.1"
        akka.remote.dot-netty.tcp.port = {{port}}
        akka.remote.retry-gate-closed-for = 200ms
        akka.remote.dot-netty.tcp.maximum-frame-size = 2097152b
        """);
}

/// <summary>Bytes under a manifest of ours, whatever they are.</summary>
public sealed record Noise(string Manifest, byte[] Bytes);

/// <summary>In the place of our serializer, on a node that has gone wrong.</summary>
public sealed class NoiseSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    public override int Identifier => 19901;

    public override string Manifest(object o) => ((Noise)o).Manifest;

    public override byte[] ToBinary(object obj) => ((Noise)obj).Bytes;

    public override object FromBinary(byte[] bytes, string manifest) => new Noise(manifest, bytes);
}
