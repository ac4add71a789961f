using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.Remote.Transport;
using Google.Protobuf;
using Paxos.Actors.Remoting;

namespace Paxos.Actors.Tests.Remoting;

/// <summary>Akka.Remote over <see cref="SocketTransport"/>, on loopback.</summary>
public sealed class SocketTransportSpec
{
    private const string DotNetty = "akka.remote.dot-netty.tcp.transport-class = \"Akka.Remote.Transport.DotNetty.TcpTransport, Akka.Remote\"";

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("", "")]
    [InlineData(DotNetty, "")]
    [InlineData("", DotNetty)]
    public async Task Messages_of_all_sizes_come_in_order_both_ways_with_DotNetty_too(string here, string there)
    {
        await using var one = new Party(here);
        await using var other = new Party(there);
        var (heard, done) = (new List<int>(), new TaskCompletionSource());
        byte[][] sent = [.. Enumerable.Range(0, 500).Select(i => new byte[i % 50 == 49 ? 1_500_000 : i * 7])];
        other.Start("echo", message => message);
        var back = one.Start("back", message =>
        {
            if (message is byte[] bytes)
                heard.Add(bytes.Length);
            if (heard.Count == sent.Length)
                done.TrySetResult();
            return null;
        });
        var echo = one.System.ActorSelection($"{other.Address}/user/echo");
        await EventuallyReachedAsync(echo);
        foreach (var bytes in sent)
            echo.Tell(bytes, back);
        await done.Task.WaitAsync(Bound);
        Assert.Equal(sent.Select(bytes => bytes.Length), heard);
    }

    [Fact]
    public async Task A_receiver_that_blocks_does_not_hold_up_what_comes_behind_it()
    {
        await using var one = new Party();
        await using var other = new Party();
        using var release = new ManualResetEventSlim();
        var blocks = new TaskCompletionSource();
        other.Start("blocking", message =>
        {
            blocks.TrySetResult();
            Assert.True(release.Wait(Bound));
            return null;
        });
        other.Start("echo", message => message);
        var echo = one.System.ActorSelection($"{other.Address}/user/echo");
        await EventuallyReachedAsync(echo);
        one.System.ActorSelection($"{other.Address}/user/blocking").Tell("block");
        await blocks.Task.WaitAsync(Bound);
        for (var i = 0; i < 20; i++)
            Assert.Equal(i, await echo.Ask<int>(i, Bound));
        release.Set();
    }

    [Fact]
    public async Task Bytes_that_are_no_frame_end_their_connection_and_no_other()
    {
        await using var one = new Party();
        await using var other = new Party();
        other.Start("echo", message => message);
        var echo = one.System.ActorSelection($"{other.Address}/user/echo");
        await EventuallyReachedAsync(echo);

        using var stranger = new TcpClient();
        await stranger.ConnectAsync(IPAddress.Loopback, other.Address.Port!.Value);
        await stranger.GetStream().WriteAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray());
        await EndsAsync(stranger);
        await Eventually.HoldsAsync(
            () => other.Logged.Any(entry => entry is Warning && $"{entry.Message}".Contains("maximum-frame-size", StringComparison.Ordinal)), () => "nothing is said of it");
        Assert.Equal(7, await echo.Ask<int>(7, Bound));
    }

    [Fact]
    public async Task A_peer_that_reads_nothing_blocks_nobody_and_gets_all_once_it_reads()
    {
        await using var raw = await Raw.OpenAsync();

        // Until it takes no more, which is told by each write at once.
        var frame = ByteString.CopyFrom(new byte[100_000]);
        var taken = 0;
        while (raw.Handle.Write(frame))
            Assert.True(++taken < 1000, "it takes without end");
        Assert.True(taken > 40, $"it took {taken} only");

        await raw.ReadAsync((4 + frame.Length) * taken);
        await Eventually.HoldsAsync(() => raw.Handle.Write(frame), () => "it takes nothing any more");
    }

    [Fact]
    public async Task Bad_bytes_end_a_connection_whose_reader_is_held_up_by_the_frame_before_them()
    {
        await using var raw = await Raw.OpenAsync();
        using var release = new ManualResetEventSlim();
        var (blocks, events) = (new TaskCompletionSource(), new Events());
        events.Heard = @event =>
        {
            if (@event is InboundPayload)
            {
                Chain.Current!.TryAdd(new Turn(() =>
                {
                    blocks.TrySetResult();
                    release.Wait(Bound);
                }));
            }
        };
        raw.Handle.ReadHandlerSource.SetResult(events);
        // A frame of one byte, then one of 1 GiB.
        await raw.Peer.SendAsync(new byte[] { 1, 0, 0, 0, 7, 0, 0, 0, 0x40 });
        await blocks.Task.WaitAsync(Bound);
        try
        {
            Assert.IsType<Disassociated>(await events.End.WaitAsync(Bound / 2));
        }
        finally
        {
            release.Set();
        }
    }

    [Fact]
    public async Task What_a_turn_writes_goes_out_while_it_lasts_where_it_is_much()
    {
        await using var raw = await Raw.OpenAsync();
        var (frame, chain, taken) = (ByteString.CopyFrom(new byte[256 * 1024]), new Chain(), 0);
        chain.Run(() => chain.TryAdd(new Turn(() =>
        {
            while (taken < 100 && raw.Handle.Write(frame))
                taken++;
        })));
        // 4 MiB wait, and what the socket has room for is on its way.
        Assert.True(taken > 16, $"it took {taken}");
        await raw.ReadAsync((4 + frame.Length) * taken);
    }

    [Fact]
    public async Task Two_connections_to_one_address_that_are_written_in_one_turn_both_send()
    {
        await using var raw = await Raw.OpenAsync();
        var other = await raw.ConnectAsync();
        var chain = new Chain();
        chain.Run(() => chain.TryAdd(new Turn(() =>
        {
            Assert.True(raw.Handle.Write(ByteString.CopyFromUtf8("one")));
            Assert.True(other.Handle.Write(ByteString.CopyFromUtf8("two")));
        })));
        await raw.ReadAsync(4 + 3);
        using var stream = new NetworkStream(other.Peer, ownsSocket: true);
        await stream.ReadExactlyAsync(new byte[4 + 3]).AsTask().WaitAsync(Bound);
    }

    [Fact]
    public async Task The_end_of_a_peer_is_told_and_a_closed_connection_takes_nothing()
    {
        await using var raw = await Raw.OpenAsync();
        var events = new Events();
        raw.Handle.ReadHandlerSource.SetResult(events);
        raw.Peer.Dispose();
        Assert.IsType<Disassociated>(await events.End.WaitAsync(Bound));
        Assert.False(raw.Handle.Write(ByteString.CopyFromUtf8("late")));
    }

    [Fact]
    public async Task Where_nobody_listens_the_association_fails_and_says_where()
    {
        await using var one = new Party();
        var transport = new SocketTransport(one.System, one.System.Settings.Config.GetConfig("akka.remote.dot-netty.tcp"));
        await transport.Listen();
        var port = FreePorts.Take(1)[0];
        var refused = await Assert.ThrowsAsync<InvalidAssociationException>(
            () => transport.Associate(new Address("akka.tcp", "elsewhere", "127.0.0.1", port)));
        Assert.Contains($"{port}", refused.Message, StringComparison.Ordinal);
        await transport.Shutdown();
    }

    [Fact]
    public async Task After_the_end_its_port_is_free_and_its_connections_are_closed()
    {
        var port = FreePorts.Take(1)[0];
        var one = new Party($"akka.remote.dot-netty.tcp.port = {port}");
        using var stranger = new TcpClient();
        await stranger.ConnectAsync(IPAddress.Loopback, port);
        await one.DisposeAsync();
        await EndsAsync(stranger);
        await using var again = new Party($"akka.remote.dot-netty.tcp.port = {port}");
        Assert.Equal(port, again.Address.Port);
    }

    [Theory]
    [InlineData("enable-ssl = on", "enable-ssl")]
    [InlineData("byte-order = big-endian", "byte-order")]
    public async Task What_it_does_not_do_is_said_with_the_way_out(string setting, string named)
    {
        await using var one = new Party();
        var config = ConfigurationFactory.ParseString(setting).WithFallback(one.System.Settings.Config.GetConfig("akka.remote.dot-netty.tcp"));
        var refused = Assert.Throws<ConfigurationException>(() => new SocketTransport(one.System, config));
        Assert.Contains(named, refused.Message, StringComparison.Ordinal);
        Assert.Contains("transport-class", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_is_resolved_and_stays_the_address()
    {
        await using var one = new Party("akka.remote.dot-netty.tcp.hostname = localhost");
        await using var other = new Party();
        one.Start("echo", message => message);
        Assert.Equal("localhost", one.Address.Host);
        await EventuallyReachedAsync(other.System.ActorSelection($"{one.Address}/user/echo"));
    }

    private static Task EventuallyReachedAsync(ActorSelection echo) => Eventually.HoldsAsync(
        async () =>
        {
            try
            {
                return await echo.Ask<string>("there?", TimeSpan.FromSeconds(2)) == "there?";
            }
            catch (AskTimeoutException)
            {
                return false;
            }
        },
        () => "nobody answers");

    private static async Task EndsAsync(TcpClient client)
    {
        try
        {
            Assert.Equal(0, await client.GetStream().ReadAsync(new byte[1]).AsTask().WaitAsync(Bound));
        }
        catch (IOException)
        {
            // Reset, since it had not read all.
        }
    }

    private sealed class Events : IHandleEventListener
    {
        private readonly TaskCompletionSource<IHandleEvent> end = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Action<IHandleEvent> Heard { get; set; } = _ => { };

        public Task<IHandleEvent> End => end.Task;

        public void Notify(IHandleEvent ev)
        {
            Heard(ev);
            if (ev is Disassociated)
                end.SetResult(ev);
        }
    }

    /// <summary>A connection of the transport to a socket that does what the spec says.</summary>
    private sealed class Raw : IAsyncDisposable
    {
        private readonly Party party = new();
        private readonly TcpListener listener = new(IPAddress.Loopback, 0);
        private readonly SocketTransport transport;

        private Raw()
        {
            transport = new SocketTransport(party.System, party.System.Settings.Config.GetConfig("akka.remote.dot-netty.tcp"));
            listener.Start();
        }

        public AssociationHandle Handle { get; private set; } = null!;

        public Socket Peer { get; private set; } = null!;

        public static async Task<Raw> OpenAsync()
        {
            var raw = new Raw();
            await raw.transport.Listen();
            (raw.Handle, raw.Peer) = await raw.ConnectAsync();
            return raw;
        }

        public async Task<(AssociationHandle Handle, Socket Peer)> ConnectAsync()
        {
            var handle = await transport.Associate(new Address("akka.tcp", "elsewhere", "127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port));
            return (handle, await listener.AcceptSocketAsync());
        }

        public async Task ReadAsync(int count)
        {
            await using var stream = new NetworkStream(Peer);
            await stream.ReadExactlyAsync(new byte[count]).AsTask().WaitAsync(Bound);
        }

        public async ValueTask DisposeAsync()
        {
            Peer.Dispose();
            listener.Dispose();
            await transport.Shutdown();
            await party.DisposeAsync();
        }
    }

    private sealed class Party : IAsyncDisposable
    {
        public Party(string settings = "")
        {
            System = ActorSystem.Create("party", ConfigurationFactory.ParseString(settings)
                .WithFallback(ConfigurationFactory.ParseString("""
                    akka.loglevel = WARNING
                    akka.stdout-loglevel = OFF
                    akka.actor.provider = remote
                    akka.remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
                    """))
                .WithFallback(PaxosExtension.RemotingConfig()));
            Listener.Begin(System, Logged);
        }

        public ActorSystem System { get; }

        public ConcurrentBag<LogEvent> Logged { get; } = [];

        public Address Address => ((ExtendedActorSystem)System).Provider.DefaultAddress;

        public IActorRef Start(string name, Func<object, object?> answer) => System.ActorOf(Props.Create(() => new Answering(answer)), name);

        public async ValueTask DisposeAsync() => await System.Terminate();
    }

    private sealed class Answering(Func<object, object?> answer) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (answer(message) is { } reply)
                Sender.Tell(reply);
        }
    }
}
